-- Grain: one row. Of each feature, how many tracks have a valid value from which source.
SELECT @{sources}
FROM track_features
