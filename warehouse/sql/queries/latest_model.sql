-- Grain: one row, or none: the model of one kind that was recorded last.
SELECT *
FROM models
WHERE kind = $kind
ORDER BY recorded_at DESC, model_id
LIMIT 1
