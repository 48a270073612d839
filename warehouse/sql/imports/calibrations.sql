-- Grain: metric, source, reference. Every calibration that was tried.
SELECT *
FROM calibrations
ORDER BY metric, source, reference
