-- Grain: cell. Tracks by tempo and energy: the cell's place along each, from 0.
SELECT
    least(floor(log2(tempo_bpm / $low) / log2($high / $low) * $columns), $columns - 1)::INTEGER AS x,
    least(floor(energy * $rows), $rows - 1)::INTEGER AS y,
    count(*) AS tracks
FROM track_features
WHERE tempo_bpm BETWEEN $low AND $high AND energy IS NOT NULL
GROUP BY ALL
ORDER BY ALL
