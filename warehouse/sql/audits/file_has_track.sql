-- files: a present file holds a known track.
SELECT f.uri, f.track_id
FROM files AS f
LEFT JOIN tracks AS t ON t.track_id = f.track_id
WHERE f.state = 'present' AND t.track_id IS NULL
