"""The page of ingestion: progress as it runs, and what was not accepted."""
