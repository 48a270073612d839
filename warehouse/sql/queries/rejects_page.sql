-- Grain: uri, stage. Unresolved rejects for one reason, the latest first; `inputs` counts them all.
SELECT uri, stage, reason, detail, first_seen, last_seen, count(*) OVER () AS inputs
FROM rejects
WHERE NOT resolved AND reason = $reason
ORDER BY last_seen DESC, uri, stage
LIMIT $limit
OFFSET $offset
