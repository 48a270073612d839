-- Grain: one row a track that is asked for ($track_ids, null for all).
-- `profile`: what the verdict depends on, as text, so that equal tracks are judged once: the layer
-- that must be known, then one line a statement, LAYER<TAB>SPDX, empty where it could not be read.
WITH asked AS (
    SELECT t.track_id, t.audio_hash
    FROM tracks AS t
    WHERE $track_ids IS NULL OR list_contains($track_ids::VARCHAR[], t.track_id)
),
statements AS (
    SELECT track_id, string_agg(DISTINCT line, chr(10) ORDER BY line) AS lines
    FROM (
        SELECT track_id, layer || chr(9) || coalesce(spdx, '') AS line
        FROM rights
        WHERE $track_ids IS NULL OR list_contains($track_ids::VARCHAR[], track_id)
    )
    GROUP BY track_id
),
heard AS (
    SELECT DISTINCT track_id FROM files WHERE track_id IS NOT NULL
),
noted AS (
    SELECT DISTINCT track_id FROM scores
)
SELECT
    a.track_id,
    CASE
        WHEN a.audio_hash IS NOT NULL THEN 'recording'
        WHEN n.track_id IS NOT NULL THEN 'composition'
        WHEN h.track_id IS NOT NULL THEN 'recording'
        ELSE 'features'
    END || chr(10) || coalesce(s.lines, '') AS profile
FROM asked AS a
LEFT JOIN statements AS s ON s.track_id = a.track_id
LEFT JOIN heard AS h ON h.track_id = a.track_id
LEFT JOIN noted AS n ON n.track_id = a.track_id
