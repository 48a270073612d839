"""Loudness, true peak, dynamics and energy."""
