-- sections: a section ends after its start, and not after the next one starts.
SELECT track_id, "index", start_s, end_s, next_start_s
FROM (
    SELECT *, lead(start_s) OVER (PARTITION BY track_id ORDER BY "index") AS next_start_s
    FROM sections
)
WHERE end_s <= start_s OR end_s > next_start_s + 0.001
