"""Tracks of the catalogue in the shape of Spotify's audio features and audio analysis.

Names, types and ranges are those of the closed API; what a value is here says docs/spotify.md. A
field for which there is no value, as without a perceptual model, is null: nothing is made up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.metadata import version
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from schemas.features import feature
from schemas.scales import normalise

if TYPE_CHECKING:
    from warehouse.lake import Lake

_SHARED = ("energy", "speechiness", "acousticness", "instrumentalness", "liveness", "valence")
"""Features that both call by one name, on 0 … 1."""

_QUIETEST_DB, _LOUDEST_DB = -60.0, 0.0
_RATE_HZ = 22_050
NO_KEY = -1


def audio_features(
    lake: Lake, track_ids: Sequence[str], base_url: str
) -> dict[str, dict[str, Any]]:
    """Track id → its audio features; ids that are no track's are left out."""
    from warehouse import queries

    found = queries.values_of(lake, track_ids)
    return {name: _features(values, base_url.rstrip("/")) for name, values in found.items()}


def audio_analysis(
    lake: Lake, track_id: str, segments: Sequence[Mapping[str, Any]] = ()
) -> dict[str, Any] | None:
    """Beats, bars and sections of a track, with its `segments` as
    `pipelines.features.segments.Segment`; None when there is no such track."""
    from warehouse import queries

    track = queries.track(lake, track_id)
    if track is None:
        return None
    values = queries.track_values(lake, track_id) or {}
    rows = queries.track_beats(lake, track_id).to_pylist()
    duration = float(track["duration_s"] or 0.0)
    beats = _intervals([row["time_s"] for row in rows], duration, values.get("tempo_confidence"))
    starts = [row["time_s"] for row in rows if row["downbeat"]]
    return {
        "meta": {
            "analyzer_version": f"wordtone {version('wordtone')}",
            "platform": "wordtone",
            "detailed_status": "OK",
            "status_code": 0,
        },
        "track": _whole(track, values),
        "bars": _intervals(starts, duration, values.get("downbeat_confidence")),
        "beats": beats,
        "tatums": [half for beat in beats for half in _halves(beat)],
        "sections": [
            _section(row, values) for row in queries.track_sections(lake, track_id).to_pylist()
        ],
        "segments": [_segment(one) for one in segments],
    }


def _features(values: Mapping[str, Any], base: str) -> dict[str, Any]:
    known_as = values["track_id"]
    danceability = values.get("danceability")
    return {
        **{name: values.get(name) for name in _SHARED},
        "danceability": None
        if danceability is None
        else normalise(feature("danceability"), danceability),
        "key": _key(values.get("key_pitch_class")),
        "mode": _whole_number(values.get("key_mode")),
        "loudness": _loudness(values.get("loudness_lufs")),
        "tempo": values.get("tempo_bpm"),
        "time_signature": _whole_number(values.get("time_signature")),
        "duration_ms": round(1000 * float(values["duration_s"] or 0.0)),
        "type": "audio_features",
        "id": known_as,
        "uri": f"wordtone:track:{known_as}",
        "track_href": f"{base}/v1/tracks/{known_as}",
        "analysis_url": f"{base}/v1/audio-analysis/{known_as}",
    }


def _whole(track: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "num_samples": round(_RATE_HZ * float(track["duration_s"] or 0.0)),
        "duration": track["duration_s"],
        "sample_md5": "",
        "offset_seconds": 0,
        "window_seconds": 0,
        "analysis_sample_rate": _RATE_HZ,
        "analysis_channels": 1,
        "loudness": _loudness(values.get("loudness_lufs")),
        "tempo": values.get("tempo_bpm"),
        "tempo_confidence": values.get("tempo_confidence"),
        "time_signature": _whole_number(values.get("time_signature")),
        "time_signature_confidence": values.get("downbeat_confidence"),
        "key": _key(values.get("key_pitch_class")),
        "key_confidence": values.get("key_strength"),
        "mode": _whole_number(values.get("key_mode")),
        "mode_confidence": values.get("key_strength"),
    }


def _section(row: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "start": row["start_s"],
        "duration": row["end_s"] - row["start_s"],
        "confidence": None,
        "loudness": None,
        "tempo": row["tempo_bpm"],
        "tempo_confidence": None,
        "key": _key(row["key_pitch_class"]),
        "key_confidence": None,
        "mode": _whole_number(row["key_mode"]),
        "mode_confidence": None,
        "time_signature": _whole_number(values.get("time_signature")),
        "time_signature_confidence": values.get("downbeat_confidence"),
    }


def _segment(one: Mapping[str, Any]) -> dict[str, Any]:
    top = _LOUDEST_DB
    return {
        "start": one["start_s"],
        "duration": one["duration_s"],
        "confidence": one["confidence"],
        "loudness_start": min(top, one["loudness_start"]),
        "loudness_max": min(top, one["loudness_max"]),
        "loudness_max_time": one["loudness_max_s"],
        "loudness_end": min(top, one["loudness_end"]),
        "pitches": list(one["pitches"]),
        "timbre": list(one["timbre"]),
    }


def _intervals(
    starts: Sequence[float], end: float, confidence: float | None
) -> list[dict[str, Any]]:
    """From each start to the next, the last one to the end."""
    spans = pairwise((*starts, max(end, starts[-1])) if starts else ())
    return [{"start": a, "duration": b - a, "confidence": confidence} for a, b in spans]


def _halves(beat: Mapping[str, Any]) -> list[dict[str, Any]]:
    half = beat["duration"] / 2
    return [{**beat, "start": beat["start"] + n * half, "duration": half} for n in (0, 1)]


def _key(pitch_class: float | None) -> int:
    return NO_KEY if pitch_class is None else int(pitch_class)


def _whole_number(value: float | None) -> int | None:
    return None if value is None else int(value)


def _loudness(lufs: float | None) -> float | None:
    return None if lufs is None else min(_LOUDEST_DB, max(_QUIETEST_DB, lufs))
