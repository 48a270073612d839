-- Grain: method. Links between repeats of a track, and links that a person has undone.
SELECT
    method,
    count(*) FILTER (undone_at IS NULL) AS links,
    count(*) FILTER (undone_at IS NOT NULL) AS undone
FROM duplicates
GROUP BY method
ORDER BY method
