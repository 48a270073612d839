-- Grain: one row an expression. Licences of recordings, where they could be read.
SELECT spdx, count(DISTINCT track_id) AS tracks
FROM rights
WHERE layer = 'recording' AND spdx IS NOT NULL
GROUP BY spdx
ORDER BY tracks DESC, spdx
LIMIT 200
