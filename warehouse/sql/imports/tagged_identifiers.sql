-- Grain: scheme, value. Identifiers that embedded tags name, and are not known yet. `tracks` counts
-- the tracks that have it, copies that are linked as duplicates left out.
SELECT
    split_part(raw, ':', 1) AS scheme,
    substr(raw, length(split_part(raw, ':', 1)) + 2) AS value,
    min(track_id) AS track_id,
    min(source) AS source,
    count(DISTINCT track_id) AS tracks
FROM tags
WHERE
    kind = 'identifier'
    AND track_id NOT IN (SELECT track_id FROM duplicates WHERE undone_at IS NULL)
GROUP BY ALL
HAVING (scheme, value) NOT IN (SELECT scheme, value FROM identifiers)
ORDER BY scheme, value
