-- Grain: one row a link of the track, either way: the other track, and what speaks for it.
SELECT
    CASE WHEN d.track_id = $track_id THEN d.canonical_id ELSE d.track_id END AS other_id,
    d.track_id = $track_id AS repeats_other,
    t.title,
    t.artist,
    d.method,
    d.evidence,
    d.score,
    d.undone_at
FROM duplicates AS d
LEFT JOIN tracks AS t
    ON t.track_id = CASE WHEN d.track_id = $track_id THEN d.canonical_id ELSE d.track_id END
WHERE d.track_id = $track_id OR d.canonical_id = $track_id
ORDER BY d.undone_at IS NOT NULL, d.score DESC, other_id, d.method
LIMIT 100
