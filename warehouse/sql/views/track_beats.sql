-- Grain: track_id, index. The beats of each track in order; a track without a pulse has none.
-- `bar` counts from 1 at the first downbeat, and is 0 in a pick-up before it; `beat` is the position
-- in the bar, from 1, null in a pick-up. Both are null where no downbeat could be told.
WITH same_audio AS (
    SELECT track_id, min(canonical_id) AS canonical_id
    FROM duplicates
    WHERE method = 'audio_hash' AND undone_at IS NULL
    GROUP BY track_id
),
@{heard_beats},
timed AS (
    SELECT
        track_id,
        generate_subscripts(times_s, 1) - 1 AS "index",
        unnest(times_s) AS time_s,
        len(downbeats) > 0 AS barred
    FROM heard
),
firsts AS (
    SELECT track_id, unnest(downbeats) AS "index", true AS first
    FROM heard
)
SELECT
    t.track_id,
    t."index",
    t.time_s,
    coalesce(f.first, false) AS downbeat,
    CASE WHEN t.barred THEN count(f.first) OVER run END AS bar,
    t."index" - max(f."index") OVER run + 1 AS beat
FROM timed AS t
LEFT JOIN firsts AS f ON f.track_id = t.track_id AND f."index" = t."index"
WINDOW run AS (PARTITION BY t.track_id ORDER BY t."index" ROWS UNBOUNDED PRECEDING)
