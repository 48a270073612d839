-- Grain: one row. How many tracks are chosen.
SELECT count(*) AS tracks
FROM tracks AS t
@{conditions}
