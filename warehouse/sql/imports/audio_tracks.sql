-- Grain: track_id, uri. Tracks that a file is present of; copies linked as duplicates left out.
SELECT t.track_id, t.title, t.artist, t.duration_s, f.uri
FROM files AS f
JOIN tracks AS t ON t.track_id = f.track_id
WHERE
    f.state = 'present'
    AND t.track_id NOT IN (SELECT track_id FROM duplicates WHERE undone_at IS NULL)
