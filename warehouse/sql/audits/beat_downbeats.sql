-- beats: downbeats ascend, and each is the position of a beat.
SELECT track_id, beat_count, downbeats
FROM beats
WHERE
    list_contains(list_transform(downbeats, place -> place IS NULL), true)
    OR len(list_filter(downbeats, place -> place >= beat_count)) > 0
    OR len(list_filter(
        list_zip(downbeats[:-2], downbeats[2:]),
        pair -> pair[1] >= pair[2]
    )) > 0
