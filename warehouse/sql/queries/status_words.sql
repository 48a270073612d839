-- Grain: one row. Tracks that words describe, beyond their names and what a tagger heard.
SELECT count(DISTINCT track_id) AS described
FROM tags
WHERE
    kind NOT IN ('artist', 'title', 'collection')
    AND NOT starts_with(source, 'tagger:')
