-- Grain: model_id. Every model of one kind, newest first.
SELECT *
FROM models
WHERE kind = $kind
ORDER BY recorded_at DESC, model_id DESC
