"""Statements of strangers: what must be refused, what must be stopped, and what must run.

In an attack {outside} and {inside} are files with a secret, outside and inside the data folder,
{catalogue} is the catalogue, {target} a file that must not come into being. The table `prompts`
holds a secret, too.
"""

from __future__ import annotations

ATTACKS: dict[str, str] = {
    # private tables
    "private_table": "SELECT * FROM prompts",
    "private_table_quoted": 'SELECT * FROM "prompts"',
    "private_table_case": "SELECT * FROM PrOmPtS",
    "private_reviews": "SELECT * FROM reviews",
    "private_generations": "FROM generations",
    "private_base_table": "SELECT * FROM tracks",
    "private_guard": "TABLE write_guards",
    "private_schema": "SELECT * FROM main.prompts",
    "private_catalogue": "SELECT * FROM lake.main.prompts",
    "private_catalogue_short": "SELECT * FROM lake.prompts",
    "published_qualified": "SELECT * FROM lake.main.music",
    "dots_in_a_name": 'SELECT * FROM "lake.main.prompts"',
    "private_in_subquery": "SELECT (SELECT max(text) FROM prompts)",
    "private_in_exists": "SELECT 1 WHERE EXISTS (FROM prompts WHERE text LIKE 'K%')",
    "private_in_in": "SELECT * FROM music WHERE title IN (SELECT text FROM prompts)",
    "private_in_any": "SELECT 'a' = ANY (SELECT text FROM prompts)",
    "private_in_array": "SELECT ARRAY(SELECT text FROM prompts)",
    "private_in_limit": "SELECT * FROM music LIMIT (SELECT length(text) FROM prompts)",
    "private_in_offset": "SELECT * FROM range(9) OFFSET (SELECT length(text) FROM prompts)",
    "private_in_order": "SELECT * FROM music ORDER BY (SELECT max(text) FROM prompts)",
    "private_in_group": "SELECT 1 FROM music GROUP BY (SELECT max(text) FROM prompts)",
    "private_in_having": "SELECT 1 FROM music HAVING count(*) < (SELECT len(text) FROM prompts)",
    "private_in_qualify": "FROM music QUALIFY rank() OVER () > (SELECT len(text) FROM prompts)",
    "private_in_case": "SELECT CASE WHEN true THEN (SELECT text FROM prompts) END",
    "private_in_cast": "SELECT CAST((SELECT text FROM prompts) AS INT)",
    "private_in_between": "SELECT 'a' BETWEEN (SELECT text FROM prompts) AND 'z'",
    "private_in_filter": "SELECT count(*) FILTER (EXISTS (FROM prompts)) FROM music",
    "private_in_aggregate_order": "SELECT list(1 ORDER BY (SELECT max(text) FROM prompts))",
    "private_in_window": "SELECT sum(1) OVER (ORDER BY (SELECT max(text) FROM prompts))",
    "private_in_frame": (
        "SELECT sum(1) OVER (ROWS (SELECT len(text) FROM prompts) PRECEDING) FROM music"
    ),
    "private_in_named_window": (
        "SELECT rank() OVER w FROM music WINDOW w AS (ORDER BY (SELECT text FROM prompts))"
    ),
    "private_in_lambda": "SELECT list_transform([1], lambda x: (SELECT max(text) FROM prompts))",
    "private_in_comprehension": "SELECT [(SELECT max(text) FROM prompts) FOR x IN [1]]",
    "private_in_struct": "SELECT {{'a': (SELECT text FROM prompts)}}",
    "private_in_values": "VALUES ((SELECT text FROM prompts))",
    "private_in_replace": "SELECT * REPLACE ((SELECT max(text) FROM prompts) AS title) FROM music",
    "private_in_columns": "SELECT COLUMNS(c -> c = (SELECT text FROM prompts)) FROM music",
    "private_in_distinct_on": "SELECT DISTINCT ON ((SELECT text FROM prompts)) 1 FROM music",
    "private_in_join": "SELECT * FROM music JOIN prompts ON true",
    "private_in_condition": "FROM music a JOIN music b ON (SELECT count(*) FROM prompts) = 1",
    "private_in_lateral": "SELECT * FROM music m, LATERAL (SELECT text FROM prompts) p",
    "private_positional": "SELECT * FROM range(1) POSITIONAL JOIN prompts",
    "private_asof": "SELECT * FROM music ASOF JOIN prompts ON title >= text",
    "private_semi": "SELECT * FROM music SEMI JOIN prompts ON true",
    "private_union": "SELECT title FROM music UNION ALL SELECT text FROM prompts",
    "private_except": "SELECT 'a' EXCEPT SELECT text FROM prompts",
    "private_union_order": "SELECT 1 a UNION SELECT 2 ORDER BY (SELECT max(text) FROM prompts)",
    "private_pivot": "FROM prompts PIVOT (count(*) FOR language IN ('en'))",
    "private_unpivot": "UNPIVOT prompts ON text INTO NAME n VALUE v",
    "private_unnest": "SELECT unnest((SELECT list(text) FROM prompts))",
    "private_table_function": "SELECT * FROM range((SELECT count(*) FROM prompts))",
    "private_sample": "SELECT * FROM prompts USING SAMPLE 100%",
    "private_alias": "SELECT music.* FROM prompts AS music",
    # common table expressions
    "cte_reads_itself": "WITH prompts AS (SELECT * FROM prompts) SELECT * FROM prompts",
    "cte_later": "WITH a AS (FROM prompts), prompts AS (SELECT 1) SELECT * FROM a",
    "cte_of_a_subquery": (
        "SELECT * FROM (WITH prompts AS (SELECT 1) FROM prompts) x, (SELECT * FROM prompts) y"
    ),
    "cte_of_a_sibling": (
        "(WITH prompts AS (SELECT 'a' t) FROM prompts) UNION ALL (SELECT text FROM prompts)"
    ),
    "cte_inside_out": "WITH a AS (WITH prompts AS (SELECT 1) FROM prompts) SELECT * FROM prompts",
    "cte_recursive_base": (
        "WITH RECURSIVE prompts AS (SELECT text FROM prompts UNION ALL SELECT text FROM prompts) "
        "FROM prompts"
    ),
    "cte_recursive_other": (
        "WITH RECURSIVE r AS (SELECT 'a' t UNION SELECT text FROM prompts, r) FROM r"
    ),
    "cte_recursive_plain": "WITH RECURSIVE prompts AS (SELECT text FROM prompts) FROM prompts",
    "cte_key_target": (
        "WITH RECURSIVE r(a, b) USING KEY (a) AS (SELECT 1, text FROM prompts UNION "
        "SELECT a, b FROM r) FROM r"
    ),
    "cte_recurring": (
        "WITH RECURSIVE r AS (SELECT 1 a UNION SELECT a + 1 FROM recurring.prompts) FROM r"
    ),
    "cte_qualified": "WITH prompts AS (SELECT 1) SELECT * FROM main.prompts",
    "cte_kelvin_sign": 'WITH "trac\u212as" AS (SELECT 1) SELECT * FROM tracks',
    "cte_long_s": 'WITH "prompt\u017f" AS (SELECT 1) SELECT * FROM prompts',
    "cte_published_name": "WITH music AS (SELECT * FROM prompts) SELECT * FROM music",
    "cte_writes": "WITH x AS (DELETE FROM prompts RETURNING *) SELECT * FROM x",
    # files
    "file_by_name": "SELECT * FROM '{outside}'",
    "file_by_name_inside": "SELECT * FROM '{inside}'",
    "file_double_quotes": 'SELECT * FROM "{outside}"',
    "file_url": "SELECT * FROM 'https://127.0.0.1:9/x.csv'",
    "file_s3": "SELECT * FROM 's3://bucket/x.parquet'",
    "file_scheme": "SELECT * FROM 'file://{outside}'",
    "read_csv": "SELECT * FROM read_csv('{outside}')",
    "read_csv_inside": "SELECT * FROM read_csv_auto('{inside}')",
    "read_text": "SELECT content FROM read_text('{outside}')",
    "read_text_inside": "SELECT content FROM read_text('{inside}')",
    "read_blob": "FROM read_blob('{inside}')",
    "read_json": "FROM read_json('{outside}')",
    "read_ndjson": "FROM read_ndjson_objects('{outside}')",
    "read_parquet": "SELECT * FROM read_parquet('{folder}/main/prompts/*.parquet')",
    "parquet_scan": "SELECT * FROM parquet_scan('{folder}/**/*.parquet')",
    "parquet_metadata": "SELECT * FROM parquet_metadata('{folder}/main/prompts/*.parquet')",
    "parquet_schema": "SELECT * FROM parquet_schema('{folder}/**')",
    "sniff_csv": "FROM sniff_csv('{outside}')",
    "read_duckdb": "FROM read_duckdb('{catalogue}')",
    "glob": "SELECT * FROM glob('{folder}/**')",
    "glob_root": "FROM glob('/*')",
    "seq_scan": "SELECT * FROM seq_scan('prompts')",
    "sqlite_scan": "SELECT * FROM sqlite_scan('{catalogue}', 'ducklake_table')",
    "sqlite_query": "FROM sqlite_query('{catalogue}', 'SELECT * FROM ducklake_data_file')",
    "sqlite_attach": "CALL sqlite_attach('{catalogue}')",
    "sqlite_attach_select": "SELECT * FROM sqlite_attach('{catalogue}')",
    "table_function_in_lateral": "SELECT * FROM range(1) r, LATERAL (FROM read_text('{inside}')) t",
    "function_case": "SELECT * FROM ReAd_TeXt('{outside}')",
    "function_quoted": "SELECT * FROM \"read_text\"('{outside}')",
    "function_qualified": "SELECT * FROM system.main.read_text('{outside}')",
    "scalar_named_like_a_reader": "SELECT read_text('{outside}')",
    "dot_call": "SELECT ('{outside}').read_text()",
    "dot_call_column": "SELECT title.read_text() FROM music",
    "copy_out": "COPY (SELECT 1) TO '{target}'",
    "copy_out_inside": "COPY (SELECT 1) TO '{folder}/x.csv'",
    "copy_in": "COPY prompts FROM '{outside}'",
    "export": "EXPORT DATABASE '{target}'",
    "import": "IMPORT DATABASE '{folder}'",
    # SQL within SQL
    "query": "SELECT * FROM query('SELECT * FROM prompts')",
    "query_table": "SELECT * FROM query_table('prompts')",
    "query_table_list": "SELECT * FROM query_table(['music', 'prompts'])",
    "serialized": (
        "SELECT * FROM json_execute_serialized_sql(json_serialize_sql('SELECT * FROM prompts'))"
    ),
    "serialized_pragma": "PRAGMA json_execute_serialized_sql('{{}}')",
    "serialize_plan": "SELECT json_serialize_plan('SELECT * FROM prompts')",
    "serialize_sql": "SELECT json_serialize_sql('SELECT * FROM prompts')",
    "prepare": "PREPARE p AS SELECT * FROM prompts",
    "execute": "EXECUTE p",
    "two_statements": "SELECT 1; SELECT * FROM prompts",
    "hidden_statement": "SELECT 1 /* ; */; COPY (SELECT 1) TO '{target}' --",
    "macro": "CREATE MACRO m() AS TABLE SELECT * FROM prompts",
    "parameter": "SELECT $secret",
    "parameter_positional": "SELECT ?",
    "python_variable": "SELECT * FROM secret",
    "python_dataframe": "SELECT * FROM job",
    # what the engine knows
    "information_schema": "SELECT * FROM information_schema.tables",
    "pg_catalog": "SELECT * FROM pg_catalog.pg_tables",
    "sqlite_master": "SELECT sql FROM sqlite_master",
    "duckdb_tables": "SELECT * FROM duckdb_tables()",
    "duckdb_tables_view": "SELECT * FROM duckdb_tables",
    "duckdb_views": "SELECT sql FROM duckdb_views()",
    "duckdb_columns": "FROM duckdb_columns()",
    "duckdb_databases": "SELECT path FROM duckdb_databases()",
    "duckdb_settings": "SELECT * FROM duckdb_settings()",
    "duckdb_secrets": "FROM duckdb_secrets(redact := false)",
    "duckdb_logs": "FROM duckdb_logs",
    "duckdb_extensions": "FROM duckdb_extensions()",
    "which_secret": "FROM which_secret('s3://x', 's3')",
    "pragma_table_info": "SELECT * FROM pragma_table_info('prompts')",
    "pragma_storage": "FROM pragma_storage_info('prompts')",
    "pragma_show": "PRAGMA show_tables",
    "pragma_database_list": "PRAGMA database_list",
    "show_tables": "SHOW ALL TABLES",
    "show_in_from": "SELECT * FROM (SHOW TABLES)",
    "describe": "DESCRIBE prompts",
    "describe_in_from": "SELECT * FROM (DESCRIBE prompts)",
    "summarize": "SUMMARIZE prompts",
    "summarize_in_from": "SELECT * FROM (SUMMARIZE prompts)",
    "explain": "EXPLAIN SELECT * FROM prompts",
    "explain_analyze": "EXPLAIN ANALYZE SELECT * FROM prompts",
    "ducklake_snapshots": "SELECT * FROM ducklake_snapshots('lake')",
    "ducklake_files": "SELECT * FROM ducklake_list_files('lake', 'prompts')",
    "ducklake_changes": "FROM ducklake_table_changes('lake', 'main', 'prompts', 0, 99)",
    "ducklake_insertions": "FROM ducklake_table_insertions('lake', 'main', 'prompts', 0, 99)",
    "ducklake_metadata": "SELECT * FROM __ducklake_metadata_lake.main.ducklake_data_file",
    "ducklake_cleanup": "CALL ducklake_cleanup_old_files('lake', cleanup_all => true)",
    "time_travel": "SELECT * FROM music AT (VERSION => 1)",
    "time_travel_private": "SELECT * FROM prompts AT (TIMESTAMP => now())",
    "getenv": "SELECT getenv('HOME')",
    "current_setting": "SELECT current_setting('allowed_directories')",
    "getvariable": "SELECT getvariable('x')",
    "current_query": "SELECT current_query()",
    "current_database": "SELECT current_database()",
    "current_schemas": "SELECT current_schemas(true)",
    "pg_viewdef": "SELECT pg_get_viewdef(1)",
    "table_privilege": "SELECT has_table_privilege('prompts', 'SELECT')",
    "column_privilege": "SELECT has_any_column_privilege('prompts', 'SELECT')",
    "regclass": "SELECT 'prompts'::regclass",
    "other_type": "SELECT 'a'::prompts",
    "enum_type": "SELECT 'a'::ENUM('a')",
    "cast_to_type": "SELECT cast_to_type('1', NULL::INT)",
    "stats": "SELECT stats(title) FROM music",
    "create_sort_key": "SELECT create_sort_key(title, 'ASC') FROM music",
    "internal_function": "SELECT __internal_compress_string_ubigint('a')",
    "collations": "FROM pragma_collations()",
    "test_types": "FROM test_all_types()",
    # changing something
    "set": "SET threads = 64",
    "set_global": "SET GLOBAL enable_external_access = true",
    "set_search_path": "SET search_path = 'lake.main'",
    "use": "USE lake",
    "reset": "RESET lock_configuration",
    "set_variable": "SET VARIABLE x = (SELECT text FROM prompts)",
    "attach": "ATTACH '{target}' AS other",
    "attach_catalogue": "ATTACH 'ducklake:sqlite:{catalogue}' AS again",
    "detach": "DETACH lake",
    "install": "INSTALL httpfs",
    "load": "LOAD '{outside}'",
    "call": "CALL lake.set_option('data_inlining_row_limit', '5')",
    "create_secret": "CREATE SECRET s (TYPE s3)",
    "create_table": "CREATE TABLE x AS SELECT * FROM prompts",
    "create_temporary_view": "CREATE TEMP VIEW music AS SELECT * FROM prompts",
    "insert": "INSERT INTO prompts (text) VALUES ('x')",
    "update": "UPDATE prompts SET text = ''",
    "delete": "DELETE FROM prompts",
    "truncate": "TRUNCATE prompts",
    "drop": "DROP TABLE prompts",
    "alter": "ALTER TABLE prompts ADD COLUMN x INT",
    "merge": "MERGE INTO prompts USING music ON false WHEN NOT MATCHED THEN INSERT DEFAULT VALUES",
    "begin": "BEGIN",
    "checkpoint": "CHECKPOINT",
    "vacuum": "VACUUM",
    "nextval": "SELECT nextval('s')",
    "setseed": "SELECT setseed(0.5)",
    "write_log": "SELECT write_log('x')",
    "enable_logging": "CALL enable_logging()",
    "enable_profiling": "PRAGMA enable_profiling = 'json'",
    "profiling_output": "SET profiling_output = '{target}'",
    "select_into": "SELECT 1 INTO x",
    "for_update": "SELECT * FROM music FOR UPDATE",
    # size and shape
    "too_long": "SELECT " + "1," * 12_000 + "1",
    "too_deep": "SELECT " + "(1 + " * 400 + "1" + ")" * 400,
    "too_deep_calls": "SELECT " + "abs(" * 300 + "1" + ")" * 300,
    "too_deep_queries": "SELECT * FROM (" * 200 + "SELECT 1" + ")" * 200,
    "too_many_nodes": "SELECT " + "+".join(["1"] * 9_000),
    "nul": "SELECT '\0'",
    "empty": "",
    "only_a_comment": "-- SELECT 1",
    "not_sql": "SELEC 1",
    "dynamic_pivot": "PIVOT music ON origin USING count(*)",
    "pivot_enum": "FROM music PIVOT (count(*) FOR origin IN my_enum)",
    "default": "VALUES (DEFAULT)",
    "aggregate_by_name": "SELECT list_aggregate([1], 'sum')",
    "sleep": "SELECT sleep_ms(60000)",
    "pg_sleep": "SELECT pg_sleep(60)",
}
"""Name → statement that must be refused before it runs."""

BOMBS: dict[str, str] = {
    "cross_join": (
        "SELECT count(*) FROM range(1000000) a, range(1000000) b, range(1000000) c "
        "WHERE hash(a.range, b.range, c.range) = 1"
    ),
    "cross_join_of_views": (
        "SELECT count(*) FROM text_metadata a, text_metadata b, text_metadata c, text_metadata d, "
        "text_metadata e, text_metadata f, text_metadata g, range(1000000) "
        "WHERE hash(a.term, b.term, c.term, d.term, e.term, f.term, g.term, range) = 1"
    ),
    "endless_recursion": (
        "WITH RECURSIVE r AS (SELECT 1 i UNION ALL SELECT i + 1 FROM r) SELECT max(i) FROM r"
    ),
    "doubling_recursion": (
        "WITH RECURSIVE r AS (SELECT 'x' s UNION ALL SELECT s || s FROM r) "
        "SELECT max(len(s)) FROM r"
    ),
    "repeat": "SELECT length(repeat('x', 4000000000))",
    "nested_repeat": (
        "SELECT sum(length(repeat(repeat('x', 30000), 100000 + range))) FROM range(1000)"
    ),
    "list_explosion": "SELECT len(list_transform(range(100000000), lambda x: range(x)))",
    "big_list": "SELECT list(range) FROM range(100000000000)",
    "big_string": "SELECT string_agg(range::VARCHAR, '') FROM range(100000000000)",
    "sort_of_much": "FROM range(100000000000) ORDER BY hash(range) LIMIT 1 OFFSET 1000000000",
    "distinct_of_much": "SELECT count(DISTINCT hash(range)) FROM range(100000000000)",
    "window_of_much": (
        "SELECT max(s) FROM (SELECT sum(hash(range) % 7) OVER () s FROM range(99999999999))"
    ),
    "expression_ladder": (
        "SELECT count(*) FROM range(100000000) "
        "WHERE regexp_replace(repeat('ab', 5000 + range % 9), '(a|b)*?(a|b)*?c', 'x', 'g') = ''"
    ),
    "levenshtein": (
        "SELECT sum(levenshtein(repeat('ab', 20000), repeat('ba', 20000 + range))) FROM range(1000)"
    ),
    "padding": "SELECT sum(length(lpad('x', 1000000000 + range::INT, 'y'))) FROM range(1000)",
    "printf": "SELECT printf('%2000000000d', 1), format('{:>2000000000}', 1)",
    "products": (
        "SELECT sum(a.i * b.i) FROM (SELECT unnest(range(100000000)) i) a, range(9999999) b(i)"
    ),
}
"""Name → statement that is allowed and must be stopped by the limits."""

LEGITIMATE: dict[str, str] = {
    "all": "SELECT * FROM music",
    "from_first": "FROM text_metadata",
    "table": "TABLE track_sections",
    "semicolon": "SELECT 1 AS one;",
    "comment": "-- how many\nSELECT count(*) FROM music /* all */",
    "case_of_names": "SELECT Track_ID FROM MUSIC",
    "schema": "SELECT count(*) FROM main.music",
    "values": "SELECT * FROM (VALUES (1, 'a'), (2, 'b')) AS t(n, letter)",
    "join_using": "SELECT title, tempo_bpm FROM music JOIN track_features USING (track_id)",
    "join_on": (
        "SELECT m.title, t.term FROM music m LEFT JOIN text_metadata t "
        "ON t.track_id = m.track_id AND t.kind = 'genre'"
    ),
    "anti_join": "SELECT * FROM music ANTI JOIN text_metadata USING (track_id)",
    "asof_join": "SELECT * FROM range(3) a(x) ASOF JOIN range(9) b(y) ON a.x >= b.y",
    "lateral": "SELECT * FROM music m, LATERAL (SELECT m.duration_s / 60 AS minutes)",
    "aggregate": "SELECT term, count(*) n FROM text_metadata GROUP BY term HAVING count(*) > 0",
    "group_by_all": "SELECT artist, avg(duration_s) FROM music GROUP BY ALL ORDER BY ALL",
    "grouping_sets": (
        "SELECT artist, album, count(*), grouping(artist) FROM music "
        "GROUP BY GROUPING SETS ((artist), (album), ())"
    ),
    "rollup": "SELECT artist, album, count(*) FROM music GROUP BY ROLLUP (artist, album)",
    "filter": "SELECT count(*) FILTER (WHERE tempo_bpm > 120) FROM track_features",
    "ordered_aggregate": "SELECT string_agg(DISTINCT term, ', ' ORDER BY term) FROM text_metadata",
    "quantiles": "SELECT quantile_cont(tempo_bpm, [0.1, 0.5, 0.9]) FROM track_features",
    "correlation": "SELECT corr(tempo_bpm, energy) FROM track_features",
    "window": (
        "SELECT title, rank() OVER (PARTITION BY artist ORDER BY duration_s DESC NULLS LAST) "
        "FROM music"
    ),
    "window_frame": (
        "SELECT avg(duration_s) OVER (ORDER BY title ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING) "
        "FROM music"
    ),
    "named_window": "SELECT lag(title) OVER w FROM music WINDOW w AS (ORDER BY title)",
    "qualify": (
        "SELECT title FROM music QUALIFY row_number() OVER (PARTITION BY artist ORDER BY title) = 1"
    ),
    "cte": "WITH fast AS (SELECT * FROM track_features WHERE tempo_bpm > 1) SELECT * FROM fast",
    "cte_chain": "WITH a AS (SELECT 1 x), b AS (SELECT x + 1 y FROM a) SELECT * FROM a, b",
    "cte_shadows_a_private_table": "WITH prompts AS (SELECT 1 AS x) SELECT x FROM prompts",
    "cte_shadows_a_view": "WITH music AS (SELECT title FROM music) SELECT * FROM main.music",
    "cte_in_a_subquery": "SELECT * FROM (WITH a AS (SELECT 1 x) FROM a) WHERE x IN (SELECT 1)",
    "cte_recursive": (
        "WITH RECURSIVE n AS (SELECT 1 i UNION ALL SELECT i + 1 FROM n WHERE i < 5) FROM n"
    ),
    "cte_materialised": "WITH a AS MATERIALIZED (FROM music) SELECT count(*) FROM a x, a y",
    "correlated": (
        "SELECT title, (SELECT count(*) FROM text_metadata t WHERE t.track_id = m.track_id) "
        "FROM music m"
    ),
    "exists": (
        "SELECT title FROM music m WHERE EXISTS "
        "(SELECT 1 FROM text_metadata t WHERE t.track_id = m.track_id AND t.weight > 0.5)"
    ),
    "in_list": "SELECT * FROM music WHERE artist IN ('a', 'b') AND title NOT IN ('c')",
    "union": "SELECT title FROM music UNION SELECT term FROM text_metadata ORDER BY 1 LIMIT 5",
    "union_by_name": "SELECT 1 AS a UNION ALL BY NAME SELECT 2 AS b, 3 AS a",
    "intersect": "SELECT 1 INTERSECT SELECT 1 EXCEPT SELECT 2",
    "unnest": "SELECT track_id, unnest(chroma) AS c FROM track_features",
    "unnest_from": "SELECT * FROM unnest([1, 2]) WITH ORDINALITY AS t(x, n)",
    "range": "SELECT * FROM range(0, 10, 3), generate_series(1, 2)",
    "lists": (
        "SELECT list_transform([1, 2], lambda x: x + 1), [x * 2 FOR x IN [1, 2] IF x > 1], "
        "list_sort([2, 1]), len([1]), [1, 2][1], [1, 2, 3][2:]"
    ),
    "structs": "SELECT {'a': 1, 'b': {'c': 2}}.b.c, row(1, 2) = row(1, 2), struct_pack(x := 1)",
    "maps": "SELECT MAP {'a': 1}['a'], map_keys(MAP {'a': 1})",
    "json": "SELECT json_extract('{\"a\": [1]}', '$.a[0]'), '{}'::JSON, '{\"a\": 1}'->>'$.a'",
    "dates": (
        "SELECT date_trunc('month', DATE '2024-05-17'), DATE '2024-05-17' + INTERVAL 3 DAY, "
        "extract(year FROM DATE '2024-05-17'), strftime(DATE '2024-05-17', '%Y'), "
        "now() > '2020-01-01'"
    ),
    "text": (
        "SELECT upper(title), title || '!', regexp_replace(title, '[a-z]', 'x'), title LIKE 'T%', "
        "title ILIKE '%a', split_part('a-b', '-', 1), trim('  x '), substring(title FROM 1 FOR 2) "
        "FROM music"
    ),
    "numbers": "SELECT round(1.25, 1), 7 // 2, 2 ** 3, -5 % 3, greatest(1, 2), log2(8), 1e3, 0.1",
    "nulls": "SELECT coalesce(NULL, 1), nullif(1, 1), ifnull(NULL, 2), NULL IS NULL, TRY(1 / 0)",
    "case": "SELECT CASE WHEN tempo_bpm > 120 THEN 'fast' ELSE 'slow' END FROM track_features",
    "casts": "SELECT '1'::INT, TRY_CAST('x' AS DOUBLE), CAST(1 AS DECIMAL(10, 2)), [1]::DOUBLE[]",
    "pivot": "FROM text_metadata PIVOT (count(*) FOR kind IN ('genre', 'mood') GROUP BY track_id)",
    "unpivot": "UNPIVOT (SELECT tempo_bpm, energy FROM track_features) ON tempo_bpm, energy",
    "exclude_replace": "SELECT * EXCLUDE (uri) REPLACE (upper(title) AS title) FROM music",
    "columns": "SELECT max(COLUMNS('.*_bpm')) FROM track_features",
    "distinct_on": "SELECT DISTINCT ON (artist) artist, title FROM music ORDER BY artist, title",
    "sample": "SELECT * FROM music USING SAMPLE 2",
    "order_collated": "SELECT title FROM music ORDER BY title COLLATE NOCASE NULLS FIRST",
    "long_metrics": "SELECT metric, median(value) FROM quantitative_metadata GROUP BY metric",
    "sections": "SELECT label, sum(end_s - start_s) FROM track_sections GROUP BY label",
    "beats": "SELECT bar, count(*) FROM track_beats GROUP BY bar",
    "examples": "SELECT text, tempo_bpm FROM training_examples",
}
"""Name → statement that must run."""
