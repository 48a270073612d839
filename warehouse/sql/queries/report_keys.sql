-- Grain: key. Tracks by key.
SELECT key_name AS name, count(*) AS count
FROM track_features
WHERE key_name IS NOT NULL
GROUP BY key_name
ORDER BY key_name
