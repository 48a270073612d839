-- Grain: metric. Values that a person has corrected, and corrections withdrawn.
SELECT
    metric,
    count(*) FILTER (withdrawn_at IS NULL) AS active,
    count(*) FILTER (withdrawn_at IS NOT NULL) AS withdrawn
FROM overrides
GROUP BY metric
ORDER BY metric
