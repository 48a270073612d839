"""Timbre: the shape of the spectrum."""
