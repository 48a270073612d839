-- Grain: one row a track: what a split must not cross.
SELECT track_id, artist, album, regexp_replace(uri, '/[^/]*$', '') AS folder
FROM music
ORDER BY track_id
