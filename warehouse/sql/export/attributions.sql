-- Grain: track_id, layer, source. Who must be named for the chosen tracks, and under which licence.
-- A track without a statement has one row with null layer.
SELECT c.track_id, t.title, t.artist, t.album, r.layer, r.spdx, r.holder, r.evidence, r.source,
    left(r.raw, 500) AS raw, m.uri
FROM chosen AS c
JOIN tracks AS t ON t.track_id = c.track_id
JOIN music AS m ON m.track_id = c.track_id
LEFT JOIN rights AS r ON r.track_id = c.track_id
ORDER BY c.track_id, r.layer, r.source
