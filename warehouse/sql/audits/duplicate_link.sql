-- duplicates: a link joins two known tracks, and not a track to itself.
SELECT d.track_id, d.canonical_id, d.method
FROM duplicates AS d
LEFT JOIN tracks AS a ON a.track_id = d.track_id
LEFT JOIN tracks AS b ON b.track_id = d.canonical_id
WHERE a.track_id IS NULL OR b.track_id IS NULL OR d.track_id = d.canonical_id
