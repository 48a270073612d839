-- runs: a run ends no earlier than it starts.
SELECT run, started_at, ended_at
FROM runs
WHERE ended_at < started_at
