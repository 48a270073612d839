-- Grain: uri. Every file known in the folder $source and below, or the file $source itself, with the
-- hash of the audio it holds.
SELECT f.uri, f.size, f.mtime_ns, f.file_hash, f.track_id, f.state, f.source,
    f.version, f.words, t.audio_hash
FROM files AS f
LEFT JOIN tracks AS t ON t.track_id = f.track_id
WHERE f.uri = $source OR starts_with(f.uri, rtrim($source, '/') || '/')
ORDER BY f.uri
