-- Grain: layer. Tracks whose licence is known (SPDX), and tracks with any statement at all.
SELECT
    layer,
    count(DISTINCT track_id) FILTER (spdx IS NOT NULL) AS known,
    count(DISTINCT track_id) AS stated
FROM rights
GROUP BY layer
ORDER BY layer
