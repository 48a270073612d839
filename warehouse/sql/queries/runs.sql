-- Grain: run. The last runs, newest first.
SELECT run, flow, state, started_at, ended_at, parameters, counts, message, version
FROM runs
ORDER BY started_at DESC, run
LIMIT $limit
