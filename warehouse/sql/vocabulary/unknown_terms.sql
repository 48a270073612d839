-- Grain: one row a term and kind that the vocabulary does not have, the most frequent first.
-- `kinds`: the kinds that have a vocabulary.
SELECT
    term,
    kind,
    count(DISTINCT track_id) AS tracks,
    list(DISTINCT source ORDER BY source) AS sources,
    min(raw) AS example
FROM tags
WHERE vocabulary IS NULL AND list_contains($kinds::VARCHAR[], kind)
GROUP BY term, kind
ORDER BY tracks DESC, kind, term
LIMIT $limit
