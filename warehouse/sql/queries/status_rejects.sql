-- Grain: reason. Unresolved rejects by reason.
SELECT reason AS name, count(*) AS count
FROM rejects
WHERE NOT resolved
GROUP BY reason
ORDER BY name
