-- Grain: layer, source. Licence statements about one track.
SELECT layer, source, spdx, raw, holder, evidence
FROM rights
WHERE track_id = $track_id
ORDER BY layer, source
