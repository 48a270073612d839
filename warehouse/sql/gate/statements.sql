-- Grain: one row a layer and SPDX expression, null where no statement could be read.
SELECT layer, spdx, count(DISTINCT track_id) AS tracks
FROM rights
GROUP BY layer, spdx
ORDER BY layer, tracks DESC, spdx
