-- Grain: track_id, term, kind, source: all tags of the tracks in `chosen`.
SELECT t.track_id, t.term, t.kind, t.source, t.raw, t.weight, t.vocabulary, t.field
FROM tags AS t
SEMI JOIN chosen AS c ON c.track_id = t.track_id
ORDER BY t.track_id
