-- Grain: one row. How many tracks have a valid value of each feature.
SELECT @{counts}
FROM track_features
