-- Grain: one row a track: at most $most of them, and always the same ones of a catalogue. A track
-- that is in stays in until others push it out: what is added changes the sample by its share.
SELECT track_id
FROM tracks
ORDER BY md5($seed || track_id), track_id
LIMIT $most
