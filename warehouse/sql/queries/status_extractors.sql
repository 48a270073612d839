-- Grain: extractor. Who measured: every other source of a value is an import or an override.
SELECT DISTINCT extractor
FROM (@{extractors})
ORDER BY extractor
