-- features_@{group}: every row is of a known track.
SELECT f.track_id
FROM features_@{group} AS f
ANTI JOIN tracks AS t ON t.track_id = f.track_id
