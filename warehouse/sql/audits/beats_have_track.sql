-- beats: every row is of a known track.
SELECT DISTINCT r.track_id
FROM beats AS r
ANTI JOIN tracks AS t ON t.track_id = r.track_id
