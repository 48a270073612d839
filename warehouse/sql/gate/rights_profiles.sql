-- Grain: one row a track that is asked for.
-- `profile`: what the verdict depends on, as text, so that equal tracks are judged once: the layer
-- that must be known, then numbers whose bits are the statements made of the track. `codes` gives
-- each pair of layer and SPDX expression (empty: not understood) its number.
WITH asked AS (
    SELECT t.track_id, t.audio_hash
    FROM tracks AS t
    @{chosen}
),
silent AS (
    SELECT track_id FROM asked WHERE audio_hash IS NULL
),
heard AS (
    SELECT DISTINCT f.track_id FROM files AS f SEMI JOIN silent AS s ON s.track_id = f.track_id
),
noted AS (
    SELECT DISTINCT n.track_id FROM scores AS n SEMI JOIN silent AS s ON s.track_id = n.track_id
),
statements AS (
    SELECT r.track_id, @{bits}
    FROM rights AS r
    JOIN codes AS c ON c.layer = r.layer AND c.spdx = coalesce(r.spdx, '')
    GROUP BY r.track_id
)
SELECT
    a.track_id,
    CASE
        WHEN a.audio_hash IS NOT NULL THEN 'recording'
        WHEN n.track_id IS NOT NULL THEN 'composition'
        WHEN h.track_id IS NOT NULL THEN 'recording'
        ELSE 'features'
    END || @{words} AS profile
FROM asked AS a
LEFT JOIN statements AS s ON s.track_id = a.track_id
LEFT JOIN heard AS h ON h.track_id = a.track_id
LEFT JOIN noted AS n ON n.track_id = a.track_id
