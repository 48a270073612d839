-- Grain: one row a track: the valid value of each feature that is compared.
SELECT track_id, @{columns}
FROM track_features
