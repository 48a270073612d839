-- Grain: one row an audio_hash of $hashes that is known: the track that has it, and is not itself
-- linked to another; of several, the first by id.
SELECT t.audio_hash, first(t.track_id ORDER BY d.track_id IS NOT NULL, t.track_id) AS track_id
FROM tracks AS t
LEFT JOIN duplicates AS d
    ON d.track_id = t.track_id AND d.method = 'audio_hash' AND d.undone_at IS NULL
WHERE t.audio_hash IN (SELECT unnest($hashes::VARCHAR[]))
GROUP BY t.audio_hash
ORDER BY t.audio_hash
