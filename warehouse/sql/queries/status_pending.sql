-- Grain: group. Tracks that wait for a group of features, or for a newer version of one.
SELECT "group" AS name, count(*) AS count
FROM (@{pending})
GROUP BY "group"
ORDER BY name
