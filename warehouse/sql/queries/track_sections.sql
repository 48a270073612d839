-- Grain: index. Structure of one track.
SELECT "index", start_s, end_s, label, tempo_bpm, key_pitch_class, key_mode, key_name, energy,
    brightness_hz
FROM track_sections
WHERE track_id = $track_id
ORDER BY "index"
