"""From words to weights over real tracks: regressor, reference rows, calibration, answer."""
