-- Grain: one row a track of $track_ids: what a finding shows of it. `licence` is that of the
-- recording, else of what there is; as SPDX where it is beyond doubt, else the text's beginning.
WITH licences AS (
    SELECT
        track_id,
        coalesce(
            string_agg(DISTINCT statement, '; ' ORDER BY statement) FILTER (layer = 'recording'),
            string_agg(DISTINCT layer || ': ' || statement, '; ')
        ) AS licence
    FROM (
        SELECT
            track_id,
            layer,
            coalesce(spdx, left(regexp_replace(raw, '\s+', ' ', 'g'), 80)) AS statement
        FROM rights
        WHERE track_id IN (SELECT unnest($track_ids::VARCHAR[]))
    )
    GROUP BY track_id
)
SELECT m.track_id, m.title, m.artist, m.album, m.uri, m.duration_s, f.tempo_bpm, f.key_name,
    l.licence
FROM music AS m
LEFT JOIN track_features AS f ON f.track_id = m.track_id
LEFT JOIN licences AS l ON l.track_id = m.track_id
WHERE m.track_id IN (SELECT unnest($track_ids::VARCHAR[]))
