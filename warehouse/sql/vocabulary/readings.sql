-- Grain: one row a reading: a raw text, the kind that its field is meant to hold, its source, and
-- the terms that are stored for it.
SELECT
    raw,
    coalesce(field, kind) AS hint,
    source,
    list(DISTINCT {'term': term, 'kind': kind, 'field': field, 'vocabulary': vocabulary}) AS stored
FROM tags
WHERE list_contains($kinds::VARCHAR[], coalesce(field, kind))
GROUP BY ALL
