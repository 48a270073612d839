-- Grain: one row a source. Metadata sets that numbers were imported from.
SELECT source, count(DISTINCT track_id) AS tracks
FROM metrics
GROUP BY source
ORDER BY source
