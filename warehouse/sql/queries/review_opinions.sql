-- Grain: review_id. Every review, the extractor's and the listeners', in order.
SELECT review_id, generation_id, reviewer, feature, asked, measured, hit, rating, note, heard
FROM reviews
ORDER BY review_id
