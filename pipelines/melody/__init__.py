"""A melody out of sound: pitch by pYIN, notes, key, tempo and a grid; no model and no weights.

signal ─pitch─▶ PitchTrack ─notes─▶ HeardNote ─key, tempo, grid─▶ Transcription ─midi─▶ a file
"""
