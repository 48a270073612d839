-- Grain: one row a chosen track: what a training manifest says of it.
WITH terms AS (
    SELECT track_id, kind, term, max(weight) AS weight
    FROM tags
    WHERE kind NOT IN ('artist', 'title', 'collection', 'description', 'identifier')
    GROUP BY track_id, kind, term
),
listed AS (
    SELECT
        track_id,
        list({'kind': kind, 'term': term, 'weight': weight} ORDER BY weight DESC, kind, term)
            AS terms
    FROM terms
    GROUP BY track_id
),
descriptions AS (
    SELECT track_id, string_agg(DISTINCT raw, ' ' ORDER BY raw) AS description
    FROM tags
    WHERE kind = 'description'
    GROUP BY track_id
)
SELECT c.track_id, c.split, t.title, t.artist, t.album, t.duration_s, t.sample_rate_hz, t.channels,
    m.uri, l.terms, d.description, @{columns}
FROM chosen AS c
JOIN tracks AS t ON t.track_id = c.track_id
JOIN music AS m ON m.track_id = c.track_id
JOIN track_features AS f ON f.track_id = c.track_id
LEFT JOIN listed AS l ON l.track_id = c.track_id
LEFT JOIN descriptions AS d ON d.track_id = c.track_id
ORDER BY c.track_id
