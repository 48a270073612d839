-- duplicates: tracks linked by audio_hash, and not undone, have the same audio_hash.
SELECT d.track_id, d.canonical_id, a.audio_hash, b.audio_hash AS canonical_audio_hash
FROM duplicates AS d
JOIN tracks AS a ON a.track_id = d.track_id
JOIN tracks AS b ON b.track_id = d.canonical_id
WHERE d.method = 'audio_hash' AND d.undone_at IS NULL
    AND a.audio_hash IS DISTINCT FROM b.audio_hash
