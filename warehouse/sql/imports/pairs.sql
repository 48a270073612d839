-- Grain: track_id. Tracks that have both a value of a metadata set and one of the reference, an
-- extractor or another metadata set. `holder` keeps the tracks of an artist
-- in one fold.
SELECT m.track_id, coalesce(t.artist, m.track_id) AS holder, m.value AS x, r.value AS y
FROM metrics AS m
JOIN @{reference} AS r ON r.track_id = m.track_id
JOIN tracks AS t ON t.track_id = m.track_id
WHERE m.source = $source AND m.metric = $source_metric
ORDER BY m.track_id
