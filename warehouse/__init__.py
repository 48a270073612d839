"""The only home of DuckDB, DuckLake, table paths and SQL."""
