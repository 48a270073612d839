-- Grain: one row a track that has a tag of one of the readings in `changed`.
SELECT DISTINCT t.track_id
FROM tags AS t
SEMI JOIN changed AS c
    ON c.raw = t.raw AND c.source = t.source AND c.hint = coalesce(t.field, t.kind)
ORDER BY t.track_id
