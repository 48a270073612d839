"""Stretches of recordings that may train, with their vectors and words, for an adapter."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from pipelines.audio.decode import open_audio
from pipelines.generator.catalogue import Catalogue, Row
from schemas.answers import Vector
from schemas.audio import Audio, AudioSource
from schemas.errors import AudioError
from schemas.features import targets
from schemas.scales import normalise

if TYPE_CHECKING:
    from generation.adapters.hosts.host import Host

Progress = Callable[[float, str], None]
Floats = npt.NDArray[np.float32]
Sounds = tuple[Floats, Floats, list[str]]
STRETCHES = 4
"""Stretches of a track, spread over it."""
_AT_ONCE = 8


def stretches(
    host: Host, seconds: float, catalogue: Catalogue, used: list[str], progress: Progress
) -> Iterator[Sounds]:
    """Vectors, sound at the generator's rate and words, a few at a time.

    Tracks whose file is gone or can no longer be decoded are counted in `catalogue.skipped`; the
    others are added to `used`.
    """
    held: list[tuple[Floats, Floats, str]] = []
    for done, track in enumerate(catalogue.tracks, 1):
        path = Path(track["uri"] or "")
        if not track["uri"] or not path.is_file():
            catalogue.skip("recording: no file of it on this machine")
            continue
        try:
            found = list(_of_track(open_audio(path).audio, host, seconds))
        except (AudioError, OSError) as error:
            reason = error.reason.value if isinstance(error, AudioError) else "unreadable"
            catalogue.skip(f"recording: {reason}")
            continue
        if not found:
            catalogue.skip(f"recording: no {seconds:g} s of sound in it")
            continue
        used.append(str(track["track_id"]))
        flat, words = flat_of_track(track), str(track.get("text") or "")
        held += [(flat, sound, words) for sound in found]
        while len(held) >= _AT_ONCE:
            yield _stacked(held[:_AT_ONCE])
            held = held[_AT_ONCE:]
        progress(0.5 * done / len(catalogue.tracks), "coding recordings")
    if held:
        yield _stacked(held)


def flat_of_track(track: Row) -> Floats:
    """A track's measured features as the flat vector of an adapter: certain, without spread."""
    from generation.adapters.vectors import flatten

    specs = targets()
    known = {spec.name: track.get(spec.name) for spec in specs}
    measured = [spec for spec in specs if isinstance(known[spec.name], int | float)]
    places = tuple(normalise(spec, float(known[spec.name])) for spec in measured)  # type: ignore[arg-type]
    key = track.get("key_probabilities")
    whole = key if key is not None and None not in key else [1 / 24] * 24
    vector = Vector(
        names=tuple(spec.name for spec in measured),
        values=places,
        low=places,
        high=places,
        confidence=(1.0,) * len(places),
        key_probabilities=tuple(float(p) for p in whole),
    )
    return flatten(vector, names())


def names() -> tuple[str, ...]:
    """Features that adapters read: the targets of the mapping, in its order."""
    return tuple(spec.name for spec in targets())


def _of_track(audio: AudioSource, host: Host, seconds: float) -> Iterator[Floats]:
    """Stretches of exactly `seconds` at the generator's rate, silent ones left out."""
    from generation.engines.sound import fitted

    rate, wanted = audio.sample_rate_hz, round(seconds * audio.sample_rate_hz)
    count = min(STRETCHES, int(audio.frames // wanted))
    starts = np.linspace(0, max(0, audio.frames - wanted), count).astype(int)
    length = round(seconds * host.rate)
    for start in starts:
        sound = fitted(Audio(_cut(audio, int(start), wanted), rate), host.rate, host.channels)
        if np.abs(sound).max() > 1e-4:
            short = max(0, length - sound.shape[1])
            yield np.pad(sound[:, :length], ((0, 0), (0, short)))


def _cut(audio: AudioSource, first: int, count: int) -> Floats:
    kept, at = [], 0
    for block in audio.blocks():
        if at + block.shape[1] > first:
            kept.append(block[:, max(0, first - at) : first + count - at].copy())
        at += block.shape[1]
        if at >= first + count:
            break
    return np.concatenate(kept, axis=1)


def _stacked(held: list[tuple[Any, Any, str]]) -> Sounds:
    flats, sounds, words = zip(*held, strict=True)
    return np.stack(flats), np.stack(sounds), list(words)
