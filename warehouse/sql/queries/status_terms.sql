-- Grain: kind, term. The terms of each kind that most tracks have.
SELECT kind, term, count(DISTINCT track_id) AS tracks
FROM tags
WHERE kind NOT IN ('artist', 'title', 'collection', 'description', 'identifier')
GROUP BY kind, term
QUALIFY row_number() OVER (PARTITION BY kind ORDER BY tracks DESC, term) <= $limit
ORDER BY kind, tracks DESC, term
