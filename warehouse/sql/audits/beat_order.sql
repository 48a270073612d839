-- beats: times ascend, none is missing, and `beat_count` counts them.
SELECT track_id, beat_count, len(times_s) AS times
FROM beats
WHERE
    beat_count <> len(times_s)
    OR list_contains(list_transform(times_s, time -> time IS NULL), true)
    OR len(list_filter(
        list_zip(times_s[:-2], times_s[2:]),
        pair -> pair[1] >= pair[2]
    )) > 0
