-- Grain: one row a track: what a split must not cross. `relatives`: tracks that it is linked to, as a
-- repeat or as an excerpt.
SELECT m.track_id, m.artist, m.album, regexp_replace(m.uri, '/[^/]*$', '') AS folder,
    coalesce(d.relatives, []) AS relatives
FROM music AS m
LEFT JOIN (
    SELECT track_id, list(DISTINCT canonical_id) AS relatives
    FROM duplicates
    WHERE undone_at IS NULL
    GROUP BY track_id
) AS d ON d.track_id = m.track_id
ORDER BY m.track_id
