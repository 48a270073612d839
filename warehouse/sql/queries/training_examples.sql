-- Grain: one row a track. What the mapping is trained on.
SELECT *
FROM training_examples
ORDER BY track_id
