-- Grain: one row. Sizes of the catalogue.
SELECT
    (SELECT count(*) FROM files) AS files,
    count(*) AS tracks,
    coalesce(sum(duration_s), 0) / 3600 AS hours,
    count(DISTINCT artist) AS artists,
    count(DISTINCT album) AS albums,
    (SELECT count(*) FROM tags) AS tags,
    (SELECT count(*) FROM scores) AS scores
FROM tracks
