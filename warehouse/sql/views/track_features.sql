-- Grain: one row a track. The valid value of each feature and, in NAME_source, where it is from:
-- a person's override, else measured (the extractor), else imported (the metadata set).
-- An imported value counts when it has the feature's name, unit and range, a vector when it is
-- complete; or when `calibrations` say how to bring it to the scale of a reference, and then its
-- source is SOURCE→REFERENCE. Calibrated values come first, then the first source by name.
-- A track linked to another by identical audio, and not analysed itself, has what was measured
-- there. That is decided once a track: a plan with a union for each group takes twice as long.
WITH components (metric, feature, position, unit, minimum, maximum, size) AS NOT MATERIALIZED (
    VALUES @{components}
),
same_audio AS NOT MATERIALIZED (
    SELECT track_id, min(canonical_id) AS canonical_id
    FROM duplicates
    WHERE method = 'audio_hash' AND undone_at IS NULL
    GROUP BY track_id
),
heard AS NOT MATERIALIZED (
    SELECT d.track_id, d.canonical_id AS audio_id
    FROM same_audio AS d
    ANTI JOIN @{first_table} AS own ON own.track_id = d.track_id
),
corrections AS NOT MATERIALIZED (
    SELECT
        track_id,
        @{corrections}
    FROM overrides
    WHERE withdrawn_at IS NULL
    GROUP BY track_id
),
@{imported_values},
imported_numbers AS NOT MATERIALIZED (
    SELECT
        track_id,
        @{imported_numbers}
    FROM imported_values
    WHERE size = 1
    GROUP BY track_id
),
imported_lists AS NOT MATERIALIZED (
    SELECT
        track_id,
        @{imported_lists}
    FROM (
        SELECT track_id, feature, rank, list(value ORDER BY position) AS value
        FROM imported_values
        WHERE size > 1
        GROUP BY track_id, feature, rank, size
        HAVING count(*) = size
    )
    GROUP BY track_id
),
resolved AS NOT MATERIALIZED (
    SELECT
        t.track_id,
        @{values}
    FROM tracks AS t
    LEFT JOIN heard AS h ON h.track_id = t.track_id
    @{measured_joins}
    LEFT JOIN corrections AS o ON o.track_id = t.track_id
    LEFT JOIN imported_numbers AS i ON i.track_id = t.track_id
    LEFT JOIN imported_lists AS v ON v.track_id = t.track_id
)
SELECT
    *,
    @{key_name} AS key_name
FROM resolved
