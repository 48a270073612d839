-- Grain: flow, state. How many runs there were of each kind, and how they ended.
SELECT flow, state, count(*) AS runs
FROM runs
GROUP BY flow, state
ORDER BY flow, state
