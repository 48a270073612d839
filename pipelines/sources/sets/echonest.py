"""Columns that several sets have from one origin: Echo Nest's audio features, Spotify's since 2014.

Definitions: Spotify's Web API reference, "Get Track's Audio Features". Tempo, key, mode and metre
are ours by name and unit; valence, acousticness, instrumentalness, speechiness and liveness are
defined by that API and taken as imported. Energy, danceability and loudness (dB, not gated as LUFS
are) are of another definition.
"""

from __future__ import annotations

from pipelines.sources.sets.contract import Column, number, ratio

TEMPO = number("tempo", "tempo_bpm", "BPM", 0, 500, unknown=(0.0,))
KEY = number("key", "key_pitch_class", "pitch class", 0, 11, unknown=(-1.0,))
MODE = number("mode", "key_mode", "1 major, 0 minor", 0, 1, unknown=(-1.0,))
TIME_SIGNATURE = number("time_signature", "time_signature", "beats", 0, 7, unknown=(0.0, -1.0))
LOUDNESS = number("loudness", "echonest_loudness", "dB", -100, 20, feature="loudness_lufs")
ENERGY = ratio("energy", "echonest_energy", feature="energy")
DANCEABILITY = ratio("danceability", "echonest_danceability", feature="danceability")
PERCEPTUAL = tuple(
    ratio(name)
    for name in ("acousticness", "instrumentalness", "liveness", "speechiness", "valence")
)

AUDIO_FEATURES: tuple[Column, ...] = (
    TEMPO,
    KEY,
    MODE,
    TIME_SIGNATURE,
    LOUDNESS,
    ENERGY,
    DANCEABILITY,
    *PERCEPTUAL,
)
