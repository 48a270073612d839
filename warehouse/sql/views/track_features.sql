-- Grain: one row a track. The valid value of each feature and, in NAME_source, where it is from:
-- a person's override, else measured (the extractor), else imported (the metadata set).
-- An imported value counts when it has the feature's name, unit and range; a vector when it is
-- complete. Of several sources the first by name is taken.
WITH components (metric, feature, position, unit, minimum, maximum, size) AS (
    VALUES @{components}
),
same_audio AS (
    SELECT track_id, min(canonical_id) AS canonical_id
    FROM duplicates
    WHERE method = 'audio_hash' AND undone_at IS NULL
    GROUP BY track_id
),
@{measured},
corrections AS (
    SELECT
        track_id,
        @{corrections}
    FROM overrides
    WHERE withdrawn_at IS NULL
    GROUP BY track_id
),
imported_vectors AS (
    SELECT m.track_id, c.feature, m.source, list(m.value ORDER BY c.position) AS components
    FROM metrics AS m
    JOIN components AS c
        ON c.metric = m.metric AND c.unit = m.unit AND m.value BETWEEN c.minimum AND c.maximum
    GROUP BY m.track_id, c.feature, m.source, c.size
    HAVING count(*) = c.size
),
imported_best AS (
    SELECT
        track_id,
        feature,
        {'source': min(source), 'components': arg_min(components, source)} AS best
    FROM imported_vectors
    GROUP BY track_id, feature
),
imported AS (
    SELECT
        track_id,
        @{imports}
    FROM imported_best
    GROUP BY track_id
),
resolved AS (
    SELECT
        t.track_id,
        @{values}
    FROM tracks AS t
    @{measured_joins}
    LEFT JOIN corrections AS o ON o.track_id = t.track_id
    LEFT JOIN imported AS i ON i.track_id = t.track_id
)
SELECT
    *,
    @{key_name} AS key_name
FROM resolved
