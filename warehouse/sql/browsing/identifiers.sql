-- Grain: scheme, value. By which names others know the track.
SELECT scheme, value, source, evidence
FROM identifiers
WHERE track_id = $track_id
ORDER BY scheme, value
LIMIT 100
