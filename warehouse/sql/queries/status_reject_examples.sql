-- Grain: reason, example. Unresolved rejects by reason, the last few of each as examples.
SELECT
    reason,
    count(*) OVER (PARTITION BY reason) AS count,
    stage,
    uri,
    detail,
    last_seen
FROM rejects
WHERE NOT resolved
QUALIFY row_number() OVER (PARTITION BY reason ORDER BY last_seen DESC, uri) <= $limit
ORDER BY count DESC, reason, last_seen DESC, uri
