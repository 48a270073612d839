-- Grain: index. Beats of one track.
SELECT "index", time_s, downbeat, bar, beat
FROM track_beats
WHERE track_id = $track_id
ORDER BY "index"
