-- Grain: kind. Tags by kind.
SELECT kind AS name, count(*) AS count
FROM tags
GROUP BY kind
ORDER BY name
