-- Grain: one row a layer and SPDX expression (empty: not understood), numbered from 0.
SELECT layer, spdx, row_number() OVER (ORDER BY layer, spdx) - 1 AS code
FROM (SELECT DISTINCT layer, coalesce(spdx, '') AS spdx FROM rights)
ORDER BY code
