-- Grain: metric, source. Every number known of one track.
SELECT metric, value, unit, source
FROM quantitative_metadata
WHERE track_id = $track_id
ORDER BY metric, source
