-- Grain: track_id, term, kind, source. What words say of the chosen tracks.
SELECT m.track_id, m.term, m.kind, m.source, m.weight, m.raw
FROM chosen AS c
JOIN text_metadata AS m ON m.track_id = c.track_id
ORDER BY m.track_id, m.kind, m.term, m.source
