-- Grain: track_id. Tracks that have a fingerprint at $version, a present file and no identical twin,
-- first seen first: those that were compared before, then those that were not.
WITH present AS (
    SELECT track_id, min(uri) AS uri
    FROM files
    WHERE state = 'present' AND track_id IS NOT NULL
    GROUP BY track_id
)
SELECT f.track_id, p.uri, c.track_id IS NOT NULL AS compared
FROM (SELECT track_id, recorded_at FROM fingerprints WHERE version = $version) AS f
JOIN present AS p ON p.track_id = f.track_id
LEFT JOIN (SELECT track_id, recorded_at FROM compared WHERE version = $version) AS c
    ON c.track_id = f.track_id
ANTI JOIN (
    SELECT d.track_id
    FROM duplicates AS d
    JOIN present AS q ON q.track_id = d.canonical_id
    WHERE d.method = 'audio_hash' AND d.undone_at IS NULL
) AS l ON l.track_id = f.track_id
ORDER BY c.recorded_at NULLS LAST, f.recorded_at, p.uri
