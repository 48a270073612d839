-- Grain: one row a kind: tags and distinct terms, and how many of them the vocabulary has.
SELECT
    kind,
    count(*) AS tags,
    count(*) FILTER (vocabulary IS NOT NULL) AS known_tags,
    count(DISTINCT term) AS terms,
    count(DISTINCT term) FILTER (vocabulary IS NOT NULL) AS known_terms
FROM tags
WHERE list_contains($kinds::VARCHAR[], kind)
GROUP BY kind
ORDER BY tags DESC
