-- sections: those of a track are numbered from 0 without a gap.
SELECT track_id, max("index") AS last, count(*) AS sections
FROM sections
GROUP BY track_id
HAVING max("index") <> count(*) - 1 OR min("index") <> 0
