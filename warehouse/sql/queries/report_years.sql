-- Grain: year. Tracks by year of release.
SELECT try_cast(left(date, 4) AS INTEGER) AS year, count(*) AS tracks
FROM tracks
WHERE try_cast(left(date, 4) AS INTEGER) BETWEEN 1000 AND 9999
GROUP BY year
ORDER BY year
