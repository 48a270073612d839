-- Grain: promotion_id. What became of the models of one kind, oldest first.
SELECT *
FROM promotions
WHERE kind = $kind
ORDER BY decided_at, promotion_id
