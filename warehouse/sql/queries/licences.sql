-- Grain: track_id, layer, source. Licence statements with the track they are about.
SELECT r.track_id, t.title, t.artist, r.layer, r.source, r.spdx, r.raw, r.holder, r.evidence
FROM rights AS r
LEFT JOIN tracks AS t ON t.track_id = r.track_id
ORDER BY r.track_id, r.layer, r.source
