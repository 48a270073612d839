-- Grain: track_id. Tracks of which a file of audio is present and that have no fingerprint at
-- $version. A track linked to another by identical audio waits for that one, as in `pending`.
WITH present AS (
    SELECT DISTINCT f.track_id
    FROM files AS f
    JOIN tracks AS t ON t.track_id = f.track_id
    WHERE f.state = 'present' AND t.audio_hash IS NOT NULL
)
SELECT p.track_id
FROM present AS p
ANTI JOIN (
    SELECT d.track_id
    FROM duplicates AS d
    JOIN present AS c ON c.track_id = d.canonical_id
    WHERE d.method = 'audio_hash' AND d.undone_at IS NULL
) AS l ON l.track_id = p.track_id
ANTI JOIN (SELECT track_id FROM fingerprints WHERE version = $version) AS f
    ON f.track_id = p.track_id
ORDER BY p.track_id
