-- Grain: run. One run.
SELECT run, flow, state, started_at, ended_at, parameters, counts, message, version
FROM runs
WHERE run = $run
