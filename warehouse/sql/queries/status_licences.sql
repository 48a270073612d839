-- Grain: layer, licence. Tracks by licence; statements that are not SPDX count as (unclear).
SELECT
    layer,
    coalesce(spdx, '(unclear)') AS licence,
    count(DISTINCT track_id) AS tracks
FROM rights
GROUP BY ALL
ORDER BY layer, tracks DESC, licence
