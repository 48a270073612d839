-- Grain: model_id. The models recorded last, newest first.
SELECT model_id, kind, snapshot, encoder, len(features) AS features, recorded_at
FROM models
ORDER BY recorded_at DESC, model_id DESC
LIMIT $limit
