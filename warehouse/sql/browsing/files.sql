-- Grain: one row a file of the track: those that are present first.
SELECT uri, size, mtime_ns, state, source
FROM files
WHERE track_id = $track_id
ORDER BY state <> 'present', uri
