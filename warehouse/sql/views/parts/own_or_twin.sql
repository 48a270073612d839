-- What was measured on a track's audio; a track linked to another by identical audio, and not
-- analysed itself, has what was measured there.
@{name} AS NOT MATERIALIZED (
    SELECT * FROM @{table}
    UNION ALL
    SELECT d.track_id, f.* EXCLUDE (track_id)
    FROM @{table} AS f
    JOIN same_audio AS d ON d.canonical_id = f.track_id
    WHERE d.track_id NOT IN (SELECT track_id FROM @{table})
)
