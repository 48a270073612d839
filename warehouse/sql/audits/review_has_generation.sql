-- reviews: every review is of a known generation.
SELECT r.review_id, r.generation_id
FROM reviews AS r
ANTI JOIN generations AS g ON g.generation_id = r.generation_id
