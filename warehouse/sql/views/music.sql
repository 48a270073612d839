-- Grain: one row a track. Where a track is: a file that is present, else where it last was.
-- A track that is known from imported metadata only has neither uri nor state.
SELECT
    t.track_id,
    t.title,
    t.artist,
    t.album,
    f.uri,
    t.duration_s,
    f.state,
    t.origin
FROM tracks AS t
LEFT JOIN (
    SELECT
        track_id,
        first(uri ORDER BY state <> 'present', uri) AS uri,
        first(state ORDER BY state <> 'present', uri) AS state
    FROM files
    WHERE track_id IS NOT NULL
    GROUP BY track_id
) AS f ON f.track_id = t.track_id
