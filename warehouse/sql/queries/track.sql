-- Grain: one row, or none: a track and where it is.
SELECT m.track_id, m.title, m.artist, m.album, t.date, m.uri, m.duration_s, m.state, m.origin,
    t.sample_rate_hz, t.channels, t.codec, t.audio_hash, t.recorded_at, t.run_id
FROM music AS m
JOIN tracks AS t ON t.track_id = m.track_id
WHERE m.track_id = $track_id
