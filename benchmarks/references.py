"""Names in prompts, refinements and explanations: what fires, what holds, how long it takes.

False fires: every MusicCaps caption and MTG-Jamendo tag is read beside an index of the public sets'
artists and, as if they were artists too, titles of albums and songs, whose words are more ordinary
than any artist's. A caption may name an artist in earnest: --show prints those found. Recall: names
drawn from the artists, in twelve phrasings, as written and in lower case. Distance: a mapping
trained on part of the public tracks meets texts of tracks whose artists and playlists it has not
seen, captions, prompts, sentences about anything but music, and random letters.
"""

from __future__ import annotations

import argparse
import itertools
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks import _references_texts as texts
from benchmarks._mapping_data import CachedEncoder, cache_folder, read_spotify
from benchmarks.figures import Figure
from mapping.encoder import load_encoder
from mapping.learning.config import TrainConfig
from mapping.learning.split import holdout_by
from mapping.model import Mapping
from mapping.reading.wishes import Options
from mapping.references.names import Names
from mapping.references.reading import Mention, mentions
from mapping.references.sides import split
from schemas.protocols import TrainingExample

TRAINED, TESTED = 4_000, 300
WORDS = ("darker, not slower", "a bit faster", "more like the second one", "less energetic",
         "brighter, with trumpets", "at 90 BPM in C minor")  # fmt: skip
PROMPTS = ("slow dark ambient with trumpets", "fast punk, no vocals", "happy latin pop, 95 BPM",
           "melancholic piano ballad in C minor", "hard techno for a dark club, instrumental",
           "lo-fi hip hop with a warm bass line, rain sounds and a muted trumpet")  # fmt: skip


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data", type=Path, required=True, metavar="FOLDER",
        help="folder with spotify_songs, and musiccaps and mtg_jamendo where they are at hand",
    )  # fmt: skip
    parser.add_argument(
        "--show", action="store_true", help="print the references that captions fire"
    )


def run(options: argparse.Namespace) -> Sequence[Figure]:
    encoder = load_encoder()
    train, test = _apart(options.data, 1_000 if options.quick else TRAINED)
    cached = CachedEncoder(encoder, cache_folder())
    mapping = Mapping.train(train, cached, TrainConfig(evaluate=False))
    mapping.encoder = encoder
    return [
        *_names(options, mapping),
        *_sides(mapping),
        *_distance(options.data, mapping, test),
        *_control(mapping),
    ]


def _apart(folder: Path, count: int) -> tuple[list[TrainingExample], list[TrainingExample]]:
    """Tracks to learn from, and tracks of other playlists, artists and albums."""
    found = read_spotify(folder)
    others = [{k: v for k, v in e.groups.items() if k != "playlist"} for e in found.examples]
    parts = holdout_by(found.playlists, others, 0.25, 0)
    train, test = ([found.examples[i] for i in side.tolist()] for side in (parts.train, parts.test))
    return train[:: max(1, len(train) // count)], test[:: max(1, len(test) // TESTED)]


def _names(options: argparse.Namespace, mapping: Mapping) -> list[Figure]:
    artists, titles = texts.names(options.data)
    known = Names(texts.tracks([*artists, *titles]))
    started = time.process_time()
    count = len(known.artists)
    load = time.process_time() - started

    def read(text: str) -> tuple[Mention, ...]:
        return mentions(text, known, mapping.musical_words, mapping.is_word)

    note = f"{count:,} names: {len(artists):,} artists, {len(titles):,} titles"
    return [
        Figure("names", count, "names", ">= 40000", note=note),
        Figure("index_s", load, "s", note="CPU, when the first prompt refers to something"),
        *_false(read, options),
        *(_recall(read, artists, lower=lower) for lower in (False, True)),
        *_latency(read),
    ]


def _false(read: Callable[[str], tuple[Mention, ...]], options: argparse.Namespace) -> list[Figure]:
    found = []
    captions, tags = texts.captions(options.data), texts.tags(options.data)
    beside = [f"a {tag} track" for tag in tags] + [f"sounds like {tag}" for tag in tags]
    for name, listed in (("captions", captions), ("tags", beside)):
        hits = [(text, m) for text in listed for m in read(text) if not (m.place or m.years)]
        known = [(text, m) for text, m in hits if m.known]
        if options.show:
            for text, mention in known:
                around = text[max(0, mention.start - 40) : mention.end]
                print(f"{name}: {mention.name!r} in {around!r}")
        note = f"{len(known)} of {len(listed):,}: " + ", ".join(repr(m.name) for _, m in known[:6])
        value = len(known) / len(listed) if listed else None
        found.append(Figure(f"fires_{name}", value, "ratio", "<= 0.005", note=note))
        unknown = (len(hits) - len(known)) / len(listed) if listed else None
        found.append(Figure(f"fires_unknown_{name}", unknown, "ratio",
                            note="names that are not in the index"))  # fmt: skip
    return found


def _recall(
    read: Callable[[str], tuple[Mention, ...]], artists: Sequence[str], *, lower: bool
) -> Figure:
    asked = list(texts.asked(artists, 1_200, seed=1, lower=lower))
    hits = parts = 0
    for one in asked:
        found = read(one.text)
        hit = len(found) > 0 and found[0].known is not None and found[0].known.name == one.name
        hits += hit
        parts += hit and found[0].part == one.part
    kind = "lower" if lower else "written"
    note = f"{len(asked)} prompts; the part is right in {parts / max(1, hits):.3f} of those found"
    return Figure(
        f"recall_{kind}", hits / len(asked), "ratio", "" if lower else ">= 0.95", note=note
    )


def _latency(read: Callable[[str], tuple[Mention, ...]]) -> list[Figure]:
    prompt = "a slow dark song with a bass line in the style of Massive Attack"
    plain = "a slow dark song with a deep bass line and a very warm sound"
    return [
        Figure(f"read_{name}_ms", _milliseconds(partial(read, text), 400), "ms", "<= 1",
               note="median, 13 words")
        for name, text in (("reference", prompt), ("plain", plain))
    ]  # fmt: skip


def _milliseconds(call: Callable[[], object], times: int) -> float:
    taken = []
    for _ in range(times):
        started = time.process_time()
        call()
        taken.append(1000 * (time.process_time() - started))
    return float(np.median(taken))


def _sides(mapping: Mapping) -> list[Figure]:
    """How many artists have sides, and how many would if all of their tracks were of one kind."""
    learned = mapping.learned
    known = [np.array(k.rows) for k in mapping.names.artists.values() if len(k.rows) >= 8]
    rng = np.random.default_rng(0)
    by_chance = []
    for rows in known:
        values = learned.reference.values.copy()
        own = values[rows]
        covariance = np.cov(np.nan_to_num(own).T) + 1e-9 * np.eye(own.shape[1])
        values[rows] = rng.multivariate_normal(np.nanmean(own, axis=0), covariance, len(rows))
        drawn = replace(learned, reference=replace(learned.reference, values=values))
        by_chance.append(len(split(drawn, rows)) > 1)
    note = f"{len(known)} artists of 8 tracks or more"
    pairs = rng.permutation(len(known))[: len(known) // 2 * 2].reshape(-1, 2)
    merged = [np.sort(np.concatenate([known[a], known[b]])) for a, b in pairs.tolist()]
    return [
        Figure("sides_merged", _mean([float(len(split(learned, rows)) > 1) for rows in merged]),
               "ratio", note=f"{len(merged)} pairs of artists taken for one"),
        Figure("sides", _mean([float(len(split(learned, rows)) > 1) for rows in known]), "ratio",
               note=note),
        Figure("sides_by_chance", _mean([float(x) for x in by_chance]), "ratio", "<= 0.1",
               note="the same with tracks drawn from one Gaussian an artist"),
    ]  # fmt: skip


def _distance(folder: Path, mapping: Mapping, test: Sequence[TrainingExample]) -> list[Figure]:
    rng = np.random.default_rng(0)
    captions = texts.captions(folder)
    drawn = [captions[i] for i in rng.permutation(len(captions))[:TESTED]]
    sets: tuple[tuple[str, Sequence[str], str], ...] = (
        ("far_held_out", [e.text for e in test], "<= 0.01"),
        ("far_captions", drawn, "<= 0.03"),
        ("far_prompts", texts.prompts("styles_heldout", "compositional60"), "<= 0.03"),
        ("far_prompts_calibration", texts.prompts("styles_dev", "compositional"), ""),
        ("far_off_topic", texts.off_topic("judge"), ">= 0.9"),
        ("far_off_topic_calibration", texts.off_topic("calibrate"), ""),
        ("far_letters", texts.letters(100), ">= 0.9"),
    )
    found = []
    for name, listed, target in sets:
        answers = [mapping.condition(text) for text in listed]
        near = [a.nearest for a in answers if a.nearest is not None]
        share = float(np.mean([a.far for a in answers])) if answers else None
        levels = (0.01, 0.05, 0.5, 0.95, 0.99)
        spread = ", ".join(f"{q:.2f}" for q in np.quantile(near, levels)) if near else ""
        note = f"{len(listed)} texts; nearest p01, p05, p50, p95, p99: {spread}"
        found.append(Figure(name, share, "ratio", target, note=note))
    return found


def _control(mapping: Mapping) -> list[Figure]:
    errors, explaining = [], []
    for prompt in PROMPTS:
        started = time.process_time()
        why = mapping.explain(prompt)
        explaining.append(1000 * (time.process_time() - started))
        for name in mapping.features:
            total = why.base[name] + sum(p.effects[name] for p in why.phrases)
            scale = max(abs(why.predicted[name]), 1e-9)
            errors.append(abs(total - why.predicted[name]) / scale)
    changed, refining, checked = _locks(mapping)
    better = [r for prompt in PROMPTS for r in mapping.guide(prompt).rephrasings]
    return [
        Figure("attribution_error", max(errors), "relative", "<= 1e-9", note="largest of all sums"),
        Figure("explain_ms", float(np.median(explaining)), "ms",
               note=f"median of {len(PROMPTS)} prompts, CPU"),
        Figure("locks_changed", changed, "features", "0", note=f"{checked:,} locked features"),
        Figure("refine_ms", refining, "ms", note="median, CPU"),
        Figure("rephrasings", len(better) / len(PROMPTS), "a prompt", note="of three"),
        Figure("rephrasings_narrower", _mean([r.narrower for r in better]), "ratio",
               note="mean shrinkage of the 90% ranges"),
    ]  # fmt: skip


def _mean(values: Sequence[float]) -> float | None:
    return float(np.mean(values)) if values else None


def _locks(mapping: Mapping) -> tuple[int, float, int]:
    changed, checked, taken = 0, 0, []
    for prompt, words in itertools.product(PROMPTS, WORDS):
        before = mapping.condition(prompt, Options(samples=3, seed=0))
        for name in mapping.features:
            started = time.process_time()
            after = mapping.refine(before, words, [name]).vector
            taken.append(1000 * (time.process_time() - started))
            same = after.features[name].model_dump_json() == before.features[name].model_dump_json()
            changed += not same or _numbers(after, name) != _numbers(before, name)
            checked += 1
    return changed, float(np.median(taken)), checked


def _numbers(answer: object, name: str) -> tuple[str, ...]:
    vector = answer.vector  # type: ignore[attr-defined]  # a ConditioningVector
    at = vector.names.index(name)
    return tuple(getattr(vector, f)[at].hex() for f in ("values", "low", "high", "confidence"))
