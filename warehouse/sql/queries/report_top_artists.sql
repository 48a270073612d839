-- Grain: artist. The artists with most tracks.
SELECT artist AS name, count(*) AS count
FROM tracks
WHERE artist IS NOT NULL
GROUP BY artist
ORDER BY count DESC, artist
LIMIT $limit
