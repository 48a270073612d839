-- Grain: generation_id. Every generation, the last first, and how many listeners reviewed it.
SELECT g.generation_id, g.engine, g.request, g.recorded_at,
       count(DISTINCT r.reviewer) FILTER (r.reviewer <> 'extractor') AS listeners
FROM generations AS g
LEFT JOIN reviews AS r ON r.generation_id = g.generation_id
GROUP BY ALL
ORDER BY g.generation_id DESC
