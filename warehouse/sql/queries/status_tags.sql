-- Grain: kind. Tags by kind, and how many tracks have one.
SELECT kind, count(*) AS tags, count(DISTINCT track_id) AS tracks
FROM tags
GROUP BY kind
ORDER BY kind
