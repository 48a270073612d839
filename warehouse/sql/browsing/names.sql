-- Grain: one row a track of $ids.
SELECT track_id, title, artist
FROM tracks
WHERE track_id IN (SELECT unnest($ids::VARCHAR[]))
