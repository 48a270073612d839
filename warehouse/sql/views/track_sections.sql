-- Grain: track_id, index. The sections of each track in order, with what the track is called.
WITH same_audio AS (
    SELECT track_id, min(canonical_id) AS canonical_id
    FROM duplicates
    WHERE method = 'audio_hash' AND undone_at IS NULL
    GROUP BY track_id
),
@{heard_sections}
SELECT
    s.track_id,
    t.title,
    t.artist,
    s."index",
    s.start_s,
    s.end_s,
    s.label,
    s.tempo_bpm,
    s.key_pitch_class,
    s.key_mode,
    @{section_key_name} AS key_name,
    s.energy,
    s.brightness_hz
FROM heard AS s
JOIN tracks AS t ON t.track_id = s.track_id
