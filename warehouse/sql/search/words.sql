-- Grain: one row a track: the terms that describe its sound, each once with its largest weight, and
-- its descriptions. Titles, artists and collections are names, not sound; full text finds those.
WITH terms AS (
    SELECT track_id, term, max(weight) AS weight
    FROM tags
    WHERE kind NOT IN ('artist', 'title', 'collection', 'description', 'identifier')
    GROUP BY track_id, term
),
described AS (
    SELECT track_id, list({'term': term, 'weight': weight} ORDER BY term) AS terms
    FROM terms
    GROUP BY track_id
),
descriptions AS (
    SELECT track_id, list({'term': raw, 'weight': weight} ORDER BY raw) AS descriptions
    FROM (
        SELECT track_id, raw, max(weight) AS weight
        FROM tags
        WHERE kind = 'description'
        GROUP BY track_id, raw
    )
    GROUP BY track_id
)
SELECT t.track_id, d.terms, s.descriptions
FROM tracks AS t
LEFT JOIN described AS d ON d.track_id = t.track_id
LEFT JOIN descriptions AS s ON s.track_id = t.track_id
