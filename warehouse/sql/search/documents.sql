-- Grain: one row a track: what full text looks through. Where a track has no title of its own, the
-- names found in tags (of its file, say) stand in.
WITH spoken AS (
    SELECT
        track_id,
        string_agg(DISTINCT raw, ' ') FILTER (kind = 'title') AS title,
        string_agg(DISTINCT raw, ' ') FILTER (kind = 'artist') AS artist,
        string_agg(DISTINCT raw, ' ') FILTER (kind = 'collection') AS album,
        string_agg(DISTINCT term, ' ')
            FILTER (kind NOT IN ('title', 'artist', 'collection', 'description', 'identifier')) AS terms,
        string_agg(DISTINCT raw, ' ') FILTER (kind = 'description') AS description
    FROM tags
    GROUP BY track_id
)
SELECT
    t.track_id,
    coalesce(t.title, s.title) AS title,
    coalesce(t.artist, s.artist) AS artist,
    coalesce(t.album, s.album) AS album,
    s.terms,
    s.description
FROM tracks AS t
LEFT JOIN spoken AS s ON s.track_id = t.track_id
