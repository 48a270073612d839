-- Grain: one row a track of $ids that has a value of the feature.
SELECT track_id, @{value}::DOUBLE AS value
FROM track_features
WHERE track_id IN (SELECT unnest($ids::VARCHAR[])) AND @{value} IS NOT NULL
