-- Grain: one row a layer and text that could not be read as a licence, the most frequent first.
SELECT
    layer,
    regexp_replace(left(raw, 200), '\s+', ' ', 'g') AS statement,
    count(DISTINCT track_id) AS tracks,
    list(DISTINCT source ORDER BY source) AS sources,
    min(evidence) AS evidence
FROM rights
WHERE spdx IS NULL
GROUP BY layer, statement
ORDER BY tracks DESC, layer, statement
LIMIT $limit
