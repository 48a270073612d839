-- Grain: uri, stage. Inputs that were not accepted, unresolved first.
SELECT uri, stage, reason, detail, first_seen, last_seen, resolved
FROM rejects
WHERE $include_resolved OR NOT resolved
ORDER BY resolved, reason, uri, stage
