"""The page of the mapping: quality, calibration, worst prompts, versions."""
