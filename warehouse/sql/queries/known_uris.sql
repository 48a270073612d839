-- Grain: uri. Every known file among $uris, and those that the listing $source brought before, with
-- the hash of the audio they hold.
SELECT f.*, t.audio_hash
FROM (
    SELECT uri, size, mtime_ns, file_hash, track_id, state, source, version, words
    FROM files
    WHERE source = $source OR uri IN (SELECT unnest($uris))
) AS f
LEFT JOIN tracks AS t ON t.track_id = f.track_id
ORDER BY f.uri
