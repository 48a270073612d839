-- Grain: track_id, group. What remains to be measured: tracks with a present file and no row at
-- the group's current version by the group's extractor (any, where that is null). `feature_versions`
-- are those of the row that is there, by that extractor. A track linked to another by identical
-- audio waits for that one, as long as it has a present file itself. A score has nothing to measure.
WITH present AS (
    SELECT track_id, min(uri) AS uri
    FROM files
    WHERE state = 'present' AND track_id IS NOT NULL
        AND track_id NOT IN (SELECT track_id FROM tracks WHERE origin = 'score')
    GROUP BY track_id
),
linked AS (
    SELECT DISTINCT d.track_id
    FROM duplicates AS d
    JOIN present AS p ON p.track_id = d.canonical_id
    WHERE d.method = 'audio_hash' AND d.undone_at IS NULL
),
candidates AS (
    SELECT p.track_id, p.uri
    FROM present AS p
    ANTI JOIN linked AS l ON l.track_id = p.track_id
)
@{groups}
ORDER BY uri, track_id, "group"
