-- Grain: track_id, term. Terms of one kind that tracks of $ids have, and all that stand above them.
WITH said AS (
    SELECT DISTINCT track_id, term
    FROM tags
    WHERE kind = $kind AND track_id IN (SELECT unnest($ids::VARCHAR[]))
)
SELECT track_id, term FROM said
UNION
SELECT s.track_id, unnest(v.ancestors) AS term
FROM said AS s
JOIN vocabulary AS v ON v.term = s.term AND v.kind = $kind
ORDER BY track_id, term
