-- Grain: term, feature. Quantiles of a few features within the commonest genres.
WITH shown AS (
    SELECT term, count(DISTINCT track_id) AS tracks
    FROM tags
    WHERE kind = 'genre'
    GROUP BY term
    ORDER BY tracks DESC, term
    LIMIT $limit
),
members AS (
    SELECT DISTINCT t.track_id, t.term, s.tracks
    FROM tags AS t
    JOIN shown AS s ON s.term = t.term
    WHERE t.kind = 'genre'
)
SELECT m.term, m.tracks, @{quantiles}
FROM members AS m
JOIN track_features AS f ON f.track_id = m.track_id
GROUP BY m.term, m.tracks
ORDER BY m.tracks DESC, m.term
