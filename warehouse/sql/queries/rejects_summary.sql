-- Grain: reason, stage. Inputs that were not accepted whole, with one of them as an example: that
-- which was met last.
SELECT
    reason,
    stage,
    count(*) AS inputs,
    max(last_seen) AS last_seen,
    arg_max(uri, (last_seen, uri)) AS example,
    arg_max(detail, (last_seen, uri)) AS detail
FROM rejects
WHERE $include_resolved OR NOT resolved
GROUP BY reason, stage
ORDER BY inputs DESC, reason, stage
