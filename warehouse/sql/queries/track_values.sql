-- Grain: one row, or none: the valid value of each feature of one track, with its source.
SELECT *
FROM track_features
WHERE track_id = $track_id
