-- Grain: one row. Which warehouse this is, and how often each of $names was written.
SELECT
    (SELECT table_uuid FROM ducklake_table_info('lake') WHERE table_name = 'write_guards')
        AS warehouse,
    coalesce(list(table_name ORDER BY table_name), []) AS names,
    coalesce(list(writes ORDER BY table_name), []) AS writes
FROM write_guards
WHERE list_contains($names::VARCHAR[], table_name)
