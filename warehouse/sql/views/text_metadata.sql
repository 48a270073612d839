-- Grain: track_id, term, kind, source. What words say of a track.
SELECT
    track_id,
    term,
    kind,
    source,
    weight,
    raw
FROM tags
