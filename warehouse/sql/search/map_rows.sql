-- Grain: one row a track of $track_ids: the valid value of each feature that is compared.
SELECT track_id, @{columns}
FROM track_features
WHERE track_id IN (SELECT unnest($track_ids::VARCHAR[]))
