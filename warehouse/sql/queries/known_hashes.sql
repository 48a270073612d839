-- Grain: uri. Every file that holds a track, with its hashes and the audio's facts; the canonical
-- track of linked ones first, so that whoever takes the first of a hash takes that one.
SELECT f.uri, f.file_hash, f.track_id, t.audio_hash,
    t.duration_s, t.sample_rate_hz, t.channels, t.codec
FROM files AS f
JOIN tracks AS t ON t.track_id = f.track_id
LEFT JOIN (SELECT DISTINCT track_id FROM duplicates WHERE undone_at IS NULL) AS d
    ON d.track_id = f.track_id
ORDER BY d.track_id IS NOT NULL, f.recorded_at, f.uri
