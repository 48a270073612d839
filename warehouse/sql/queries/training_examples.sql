-- Grain: one row a track. What the mapping is trained on.
SELECT *
FROM training_examples
-- Not by track_id alone: ids are drawn at random, and the same music should train the same mapping.
ORDER BY uri NULLS LAST, track_id
