-- Grain: one row. How evenly tracks are spread over artists: Hill numbers of order 1 and 2 (Hill
-- 1973), the number of artists of equal size that would be as diverse. Tracks without an artist
-- are left out.
WITH sizes AS (
    SELECT artist, count(*) AS tracks
    FROM tracks
    WHERE artist IS NOT NULL
    GROUP BY artist
),
shares AS (
    SELECT tracks, tracks / sum(tracks) OVER () AS share FROM sizes
)
SELECT
    count(*) AS artists,
    coalesce(sum(tracks), 0)::BIGINT AS tracks,
    max(share) AS top_share,
    exp(-sum(share * ln(share))) AS effective,
    1 / sum(share * share) AS effective_common
FROM shares
