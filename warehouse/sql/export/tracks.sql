-- Grain: one row a chosen track.
SELECT c.track_id, t.title, t.artist, t.album, t.date, t.duration_s, t.sample_rate_hz, t.channels,
    t.codec, t.audio_hash, t.origin, m.uri, m.state, c.split
FROM chosen AS c
JOIN tracks AS t ON t.track_id = c.track_id
JOIN music AS m ON m.track_id = c.track_id
ORDER BY c.track_id
