-- Grain: source, outcome. Rows of metadata sets as they were last read.
SELECT
    source,
    outcome,
    count(*) AS rows,
    count(DISTINCT uri) AS files,
    max(recorded_at) AS last_read
FROM imports
GROUP BY source, outcome
ORDER BY source, outcome
