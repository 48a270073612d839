-- Grain: track_id. The tracks in `asked` as they are stored, and whether a file was ever of them.
SELECT t.*, t.track_id IN (SELECT track_id FROM files WHERE track_id IS NOT NULL) AS has_file
FROM tracks AS t
JOIN asked AS a ON a.track_id = t.track_id
