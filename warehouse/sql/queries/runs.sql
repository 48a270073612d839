-- Grain: run. The last runs, newest first, of one flow and state or ($flow, $state null) of all.
SELECT run, flow, state, started_at, ended_at, parameters, counts, message, version
FROM runs
WHERE ($flow IS NULL OR flow = $flow) AND ($state IS NULL OR state = $state)
ORDER BY started_at DESC, run
LIMIT $limit
OFFSET $offset
