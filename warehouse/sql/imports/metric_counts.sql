-- Grain: source, metric, unit. Numbers of metadata sets.
SELECT source, metric, unit, count(*) AS tracks
FROM metrics
GROUP BY ALL
ORDER BY source, metric, unit
