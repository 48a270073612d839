-- Grain: kind, term. Terms that the vocabulary does not know, the commonest first.
SELECT kind, term, count(DISTINCT track_id) AS tracks
FROM tags
WHERE
    vocabulary IS NULL
    AND kind NOT IN ('artist', 'title', 'collection', 'description', 'identifier')
    AND NOT starts_with(source, 'tagger:')
GROUP BY kind, term
ORDER BY tracks DESC, kind, term
LIMIT $limit
