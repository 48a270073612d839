-- Grain: track_id, layer, source. Licence statements about the chosen tracks.
SELECT r.track_id, r.layer, r.source, r.spdx, r.holder, r.evidence, r.raw
FROM chosen AS c
JOIN rights AS r ON r.track_id = c.track_id
ORDER BY r.track_id, r.layer, r.source
