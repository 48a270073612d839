-- Grain: one row a source. What was ingested, and how many tracks have a file from there.
SELECT source, count(DISTINCT track_id) AS tracks
FROM files
WHERE track_id IS NOT NULL
GROUP BY source
ORDER BY tracks DESC, source
LIMIT 200
