-- Grain: track_id, canonical_id, method. Links between repeats, with what was compared.
SELECT
    d.method,
    t.title,
    t.artist,
    c.title AS canonical_title,
    c.artist AS canonical_artist,
    d.score,
    d.evidence,
    d.undone_at
FROM duplicates AS d
LEFT JOIN tracks AS t ON t.track_id = d.track_id
LEFT JOIN tracks AS c ON c.track_id = d.canonical_id
ORDER BY d.undone_at NULLS FIRST, d.method, d.score DESC, d.track_id, d.canonical_id
LIMIT $limit
