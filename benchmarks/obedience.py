"""What is done around an engine: how often tempo and key are met natively, by choosing, corrected.

A disobedient engine (`_obedience_engine.py`) is asked for seeded tempi (80 … 140 BPM) and keys;
half of its candidates have another tempo, half another key, of which two fifths are beyond what
correction may do. Everything is heard by the extractor, nothing taken from what the engine says:

    native      the first candidate, as a single try would give it
    reranked    the best of all candidates, uncorrected
    corrected   the best, stretched or shifted within ±12 % and ±3 semitones

Candidates allow a request where at least one of them can be brought to both the asked tempo and the
asked key within those limits; only there can the targets be met, and the others are counted apart.
A second run has a single candidate each, so that correction is alone and more are beyond it.
With tones the extractor hears tempo and key nearly always right, so that the figures are those of
choosing and correcting; with the embedded engine's music its own errors are in them.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

import numpy as np

from benchmarks._obedience_engine import Misled, Tones, deviation
from benchmarks.figures import Figure
from generation.around.candidates import Made, create, seeds
from generation.around.stretching import Correction, stretched
from generation.contract import Generated, Generator, Progress, silent
from schemas.audio import Audio
from schemas.conditioning import ConditioningRequest, FeatureCondition, KeyCondition
from schemas.features import key_name
from schemas.generation import EngineManifest
from schemas.parts import Lock, Prompt, Source
from schemas.protocols import FeatureValues

_SEED = 20_261
_STYLES = ("house", "funk", "rock", "techno", "soul", "synthwave", "reggae", "folk")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--requests", type=int, default=200, help="of tones (200)")
    parser.add_argument("--music", type=int, default=40, help="of the embedded engine (40)")
    parser.add_argument("--candidates", type=int, default=4, help="a request (4)")
    parser.add_argument("--workers", type=int, default=2, help="processes (2)")


def run(options: argparse.Namespace) -> Sequence[Figure]:
    found = []
    runs = (
        ("", options.requests, options.candidates),
        ("single_", options.requests // 2, 1),
        ("embedded_", options.music, options.candidates),
    )
    for prefix, count, candidates in runs:
        asked = max(8, count // 5) if options.quick else count
        if count:
            outcomes = _outcomes((prefix, asked, candidates), options.workers)
            found += _figures(prefix, outcomes, candidates)
    return [*found, *_costs()]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one request: (tempo, key) met by the first, the best, the corrected best."""

    native: tuple[bool, bool]
    reranked: tuple[bool, bool]
    corrected: tuple[bool, bool]
    allowed: tuple[bool, bool]
    together: bool
    spoiled: int


def request(index: int, candidates: int) -> ConditioningRequest:
    """The `index`-th request: a tempo, a key and a style."""
    rng = np.random.default_rng([_SEED, index])
    bpm = round(float(rng.uniform(80, 140)), 1)
    tonic, major = int(rng.integers(12)), bool(rng.integers(2))
    style = _STYLES[int(rng.integers(len(_STYLES)))]
    return ConditioningRequest(
        prompt=Prompt(text=style),
        features={
            "tempo_bpm": FeatureCondition(
                value=bpm, unit="BPM", source=Source.USER, confidence=1, lock=Lock.HARD
            )
        },
        key=KeyCondition(
            pitch_class=tonic, mode="major" if major else "minor", name=key_name(tonic, major),
            source=Source.USER, confidence=1, lock=Lock.HARD,
        ),
        duration_s=15.0,
        seed=int(rng.integers(2**31)),
        candidates=candidates,
    )  # fmt: skip


def outcome(job: tuple[str, int, int]) -> Outcome:
    """Generate, choose and correct for one request; each candidate is made and heard once."""
    prefix, index, candidates = job
    asked = request(index, candidates)
    engine, heard = _Once(_engine(prefix)), _Heard()
    corrected = create(engine, asked, heard)
    reranked = create(engine, asked, heard, correct=False)
    tried = [deviation(seed) for seed in seeds(asked, candidates)]
    return Outcome(
        native=_met(corrected.first),
        reranked=_met(reranked.features),
        corrected=_met(corrected.features),
        allowed=(any(d.tempo_reached for d in tried), any(d.key_reached for d in tried)),
        together=any(d.reached for d in tried),
        spoiled=_spoiled(corrected, reranked),
    )


def _outcomes(asked: tuple[str, int, int], workers: int) -> list[Outcome]:
    prefix, count, candidates = asked
    jobs = [(prefix, index, candidates) for index in range(count)]
    with ProcessPoolExecutor(workers) as pool:
        return list(pool.map(outcome, jobs, chunksize=4))


def _figures(prefix: str, found: list[Outcome], candidates: int) -> list[Figure]:
    allowed = [one for one in found if one.together]
    of = f"{len(found)} requests, {candidates} candidates"
    figures = []
    for i, (what, target) in enumerate((("tempo", 0.98), ("key", 0.95))):
        for stage in ("native", "reranked", "corrected"):
            hits = [getattr(one, stage)[i] for one in found]
            figures.append(Figure(f"{prefix}{stage}_{what}_hit", _mean(hits), "ratio", note=of))
        hits = [one.corrected[i] for one in allowed]
        goal = "" if prefix == "embedded_" else f">= {target}"
        note = f"of {len(allowed)} requests whose candidates allow it"
        figures.append(Figure(f"{prefix}allowed_{what}_hit", _mean(hits), "ratio", goal, note=note))
        beyond = [one.corrected[i] for one in found if not one.allowed[i]]
        figures.append(
            Figure(
                f"{prefix}beyond_{what}_hit", _mean(beyond) if beyond else None, "ratio", "<= 0.05",
                note=f"of {len(beyond)} whose candidates are all beyond the limits",
            )
        )  # fmt: skip
    spoiled = sum(one.spoiled for one in found)
    return [
        *figures,
        Figure(f"{prefix}spoiled", spoiled, "features", "<= 0", note="met before, missed after"),
    ]


def _spoiled(corrected: Made, reranked: Made) -> int:
    """Features that the chosen candidate met as it came and missed once corrected."""
    if not corrected.correction or corrected.piece.seed != reranked.piece.seed:
        return 0
    met = {one.feature for one in reranked.features if one.hit}
    return sum(not one.hit for one in corrected.features if one.feature in met)


def _costs() -> list[Figure]:
    """CPU time of one correction of 15 s in stereo."""
    piece = Tones().generate(request(0, 1), 1).mix
    started = time.process_time()
    stretched(piece, Correction(1.07, 2))
    cost = time.process_time() - started
    return [Figure("correction_cpu_s", cost, "s", note="15 s of stereo, stretched and shifted")]


class _Once:
    """An engine that makes each seed's piece once."""

    def __init__(self, engine: Generator) -> None:
        self._engine, self._made = engine, dict[int, Generated]()

    @property
    def manifest(self) -> EngineManifest:
        return self._engine.manifest

    def generate(
        self, request: ConditioningRequest, seed: int, progress: Progress = silent
    ) -> Generated:
        if seed not in self._made:
            self._made[seed] = self._engine.generate(request, seed, progress)
        return self._made[seed]


class _Heard:
    """The extractor, that hears each piece once."""

    def __init__(self) -> None:
        self._found: dict[int, tuple[Audio, FeatureValues]] = {}

    def __call__(self, audio: Audio) -> FeatureValues:
        if id(audio) not in self._found:
            from pipelines.features.extract import Asked, extract_track

            self._found[id(audio)] = audio, extract_track(audio, Asked(features=_NEEDED)).values
        return self._found[id(audio)][1]


_NEEDED = frozenset({"tempo_bpm", "tempo_candidates", "key_pitch_class", "key_mode"})


def _engine(prefix: str) -> Generator:
    if prefix != "embedded_":
        return Tones()
    from generation.registry import make

    return Misled(make("embedded"))


def _met(features: Sequence[object]) -> tuple[bool, bool]:
    by_name = {getattr(one, "feature", ""): bool(getattr(one, "hit", False)) for one in features}
    return by_name["tempo_bpm"], by_name["key"]


def _mean(hits: Sequence[bool]) -> float:
    return sum(hits) / len(hits) if hits else 0.0
