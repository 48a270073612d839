-- Grain: track_id, metric, source. Every number known of a track: measured, imported, corrected.
-- A vector has one row a component, NAME_0 …; a value that is missing has no row.
WITH components (metric, feature, position, unit, minimum, maximum, size) AS NOT MATERIALIZED (
    VALUES @{components}
),
same_audio AS NOT MATERIALIZED (
    SELECT track_id, min(canonical_id) AS canonical_id
    FROM duplicates
    WHERE method = 'audio_hash' AND undone_at IS NULL
    GROUP BY track_id
),
@{measured},
measured_long AS NOT MATERIALIZED (
@{measured_long}
)
SELECT m.track_id, m.metric, m.value, c.unit, m.source
FROM measured_long AS m
JOIN components AS c ON c.metric = m.metric
UNION ALL
SELECT track_id, metric, value, unit, source
FROM metrics
UNION ALL
SELECT o.track_id, o.metric, o.value, c.unit, 'override' AS source
FROM overrides AS o
LEFT JOIN components AS c ON c.metric = o.metric
WHERE o.withdrawn_at IS NULL
