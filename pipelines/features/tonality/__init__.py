"""Tonality: spectral peaks, pitch classes, chords, keys."""
