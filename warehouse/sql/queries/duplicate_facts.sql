-- Grain: track_id. What is known of $tracks that can speak for or against their being copies.
SELECT f.track_id, t.duration_s, f.tempo_bpm, f.key_name, f.chroma, f.mfcc_mean
FROM track_features AS f
JOIN tracks AS t ON t.track_id = f.track_id
WHERE f.track_id IN (SELECT unnest($tracks::VARCHAR[]))
