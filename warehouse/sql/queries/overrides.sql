-- Grain: track_id, metric. A person's corrections, of $track_id or (null) of all tracks; withdrawn
-- ones too where $include_withdrawn.
SELECT o.track_id, t.title, o.metric, o.value, o.note, o.author, o.recorded_at, o.withdrawn_at
FROM overrides AS o
LEFT JOIN tracks AS t ON t.track_id = o.track_id
WHERE
    ($track_id::VARCHAR IS NULL OR o.track_id = $track_id)
    AND ($include_withdrawn OR o.withdrawn_at IS NULL)
ORDER BY o.recorded_at DESC, o.track_id, o.metric
