-- Grain: one row a track of $track_ids: the valid value of each of its features, and its length.
SELECT m.track_id, m.duration_s, f.* EXCLUDE (track_id)
FROM music AS m
LEFT JOIN track_features AS f ON f.track_id = m.track_id
WHERE m.track_id IN (SELECT unnest($track_ids::VARCHAR[]))
