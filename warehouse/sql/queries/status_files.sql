-- Grain: state. Files by state.
SELECT state AS name, count(*) AS count
FROM files
GROUP BY state
ORDER BY name
