-- Grain: uri, stage. Inputs that a run did not accept whole, as far as no later run wrote of them.
SELECT uri, stage, reason, detail, first_seen, last_seen, resolved, count(*) OVER () AS inputs
FROM rejects
WHERE run_id = $run AND NOT resolved
ORDER BY reason, uri, stage
LIMIT $limit
