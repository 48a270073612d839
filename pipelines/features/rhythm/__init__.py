"""Rhythm: onsets, tempo, beats, bars, danceability."""
