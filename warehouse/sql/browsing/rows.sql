-- Grain: one row a track of $ids, in their order: what a list shows of it. Terms by weight, the licence of the
-- recording as SPDX; a statement that could not be read is "unclear".
WITH asked AS (
    SELECT
        unnest($ids::VARCHAR[]) AS track_id,
        generate_subscripts($ids::VARCHAR[], 1) AS place
),
words AS (
    SELECT
        track_id,
        kind,
        term,
        max(weight) AS weight
    FROM tags
    WHERE track_id IN (SELECT track_id FROM asked) AND kind IN ('genre', 'mood', 'instrument')
    GROUP BY ALL
),
terms AS (
    SELECT
        track_id,
        list(term ORDER BY weight DESC, term) FILTER (kind = 'genre') AS genres,
        list(term ORDER BY weight DESC, term) FILTER (kind = 'mood') AS moods,
        list(term ORDER BY weight DESC, term) FILTER (kind = 'instrument') AS instruments
    FROM words
    GROUP BY track_id
),
licences AS (
    SELECT
        track_id,
        string_agg(DISTINCT coalesce(spdx, 'unclear'), '; ' ORDER BY coalesce(spdx, 'unclear'))
            AS licence
    FROM rights
    WHERE layer = 'recording' AND track_id IN (SELECT track_id FROM asked)
    GROUP BY track_id
)
SELECT
    t.track_id,
    t.title,
    t.artist,
    t.album,
    t.date,
    t.duration_s,
    t.origin,
    f.key_name AS key,
    coalesce(w.genres, []) AS genres,
    coalesce(w.moods, []) AS moods,
    coalesce(w.instruments, []) AS instruments,
    l.licence
    @{columns}
FROM asked AS a
JOIN tracks AS t ON t.track_id = a.track_id
LEFT JOIN track_features AS f ON f.track_id = t.track_id
LEFT JOIN terms AS w ON w.track_id = t.track_id
LEFT JOIN licences AS l ON l.track_id = t.track_id
WHERE t.track_id IN (SELECT unnest($ids::VARCHAR[]))
ORDER BY a.place
