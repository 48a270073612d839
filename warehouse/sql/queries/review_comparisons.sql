-- Grain: comparison_id. Every choice of one generation over another, in order.
SELECT comparison_id, winner, loser, reviewer, criterion, note, tied
FROM comparisons
ORDER BY comparison_id
