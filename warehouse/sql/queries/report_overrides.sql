-- Grain: track_id, metric. Values that a person has set, the newest first.
SELECT t.title, t.artist, o.* EXCLUDE (track_id, run_id)
FROM overrides AS o
LEFT JOIN tracks AS t ON t.track_id = o.track_id
ORDER BY o.recorded_at DESC, o.track_id, o.metric
LIMIT $limit
