-- Grain: one row a chosen track: the valid value of each feature and where it is from.
SELECT f.*
FROM chosen AS c
JOIN track_features AS f ON f.track_id = c.track_id
ORDER BY c.track_id
