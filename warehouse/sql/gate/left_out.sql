-- Grain: track_id. Tracks of certain judgements, by artist and title, a page at a time; `tracks`
-- counts them all. `judged` has the number of each track's judgement.
WITH found AS (
    SELECT
        t.track_id,
        t.title,
        t.artist,
        t.album,
        j.judgement,
        count(*) OVER () AS tracks
    FROM judged AS j
    JOIN tracks AS t ON t.track_id = j.track_id
    WHERE list_contains($judgements::INTEGER[], j.judgement)
        AND (
            $text IS NULL
            OR contains(lower(concat_ws(' ', t.title, t.artist, t.album)), lower($text))
        )
    ORDER BY lower(t.artist) NULLS LAST, lower(t.title) NULLS LAST, t.track_id
    LIMIT $limit
    OFFSET $offset
),
stated AS (
    SELECT
        r.track_id,
        list(DISTINCT coalesce(r.spdx, left(r.raw, 120)) ORDER BY coalesce(r.spdx, left(r.raw, 120)))
            AS statements
    FROM rights AS r
    SEMI JOIN found AS f ON f.track_id = r.track_id
    GROUP BY r.track_id
)
SELECT f.*, s.statements
FROM found AS f
LEFT JOIN stated AS s ON s.track_id = f.track_id
ORDER BY lower(f.artist) NULLS LAST, lower(f.title) NULLS LAST, f.track_id
