"""What needs a person's attention: short sentences, each with the command that does something."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from schemas.operations import RunState
from schemas.outcomes import Outcome, RejectReason

Status = Mapping[str, Any]

# Below this many described tracks a mapping says little beyond its commonest genres; the figures of
# `wordtone train` on the way from 50 to 10,000 tracks are in docs/mapping.md.
_SMALL_CATALOGUE = 500
_UNCLEAR = "FROM music ANTI JOIN (FROM rights WHERE spdx IS NOT NULL) AS r USING (track_id)"
_GROWN = 1.2  # tracks now over tracks that the newest mapping was trained on
_OLD_SPACE = 3.0  # bytes kept for the past, over bytes of the present
_LEAST_OLD_BYTES = 200 * 1 << 20
_OURS = (RejectReason.INTERNAL_ERROR, RejectReason.INVALID_VALUES)
_QUARANTINE = (
    RejectReason.WORKER_CRASHED,
    RejectReason.TIMED_OUT,
    RejectReason.OUT_OF_MEMORY,
)


@dataclass(frozen=True, slots=True)
class Attention:
    """A sentence, and the command that fixes, or explains, what it says."""

    text: str
    command: str


def attention(status: Status) -> list[Attention]:
    """What is worth doing, most pressing first; `status` is as `service.status.gather` has it."""
    return [line for rule in _RULES for line in rule(status)]


def _faults(status: Status) -> Iterator[Attention]:
    count = sum(status["rejects_by_reason"].get(reason, 0) for reason in _OURS)
    if count:
        text = f"{_n(count, 'input')} met a fault of wordtone"
        yield Attention(text, "wordtone rejects")


def _runs(status: Status) -> Iterator[Attention]:
    """The newest run of each flow: a failure counts until one of its kind has ended well."""
    newest = {row["flow"]: row for row in reversed(status["last_runs"])}
    for flow, row in newest.items():
        if row["state"] == RunState.FAILED:
            yield Attention(f"the last {flow} failed: {row['message']}", again(row))
        elif row["state"] == RunState.INTERRUPTED:
            left = json.loads(row["counts"]).get("left", 0)
            what = f" with {_n(left, 'input')} left" if left else ""
            yield Attention(f"the last {flow} was stopped{what}", again(row))


def again(row: Mapping[str, Any]) -> str:
    """The command of a run. Flow names are those of commands, as far as a "_"."""
    sources = json.loads(row["parameters"]).get("sources") or []
    return " ".join(["wordtone", row["flow"].partition("_")[0], *map(shlex.quote, sources)])


def _unaccounted(status: Status) -> Iterator[Attention]:
    for row in status["last_runs"]:
        found, ended = discovered(row), accounted(row)
        if found is not None and found != ended:
            text = f"run {row['run']} found {found} inputs and accounted for {ended}"
            yield Attention(text, "wordtone audit")


def accounted(row: Mapping[str, Any]) -> int:
    """Inputs that ended as one of the outcomes, and those that a stopped run left."""
    counts = json.loads(row["counts"])
    return sum(counts.get(name, 0) for name in (*Outcome, "left"))


def discovered(row: Mapping[str, Any]) -> int | None:
    """Inputs that an ingest found; None for runs that do not count them apart."""
    words = str(row["message"]).split()
    named = row["flow"] == "ingest" and words[1:2] == ["inputs"] and words[0].isdigit()
    return int(words[0]) if named else None


def _pending(status: Status) -> Iterator[Attention]:
    if status["pending"]:
        tracks = max(status["pending"].values())
        waits = "waits" if tracks == 1 else "wait"
        text = f"{_n(tracks, 'track')} {waits} to be measured: {', '.join(status['pending'])}"
        yield Attention(text, "wordtone ingest FOLDER")


def _rejects(status: Status) -> Iterator[Attention]:
    reasons: Mapping[str, int] = status["rejects_by_reason"]
    quarantined = sum(reasons.get(reason, 0) for reason in _QUARANTINE)
    others = sum(reasons.values()) - quarantined - sum(reasons.get(r, 0) for r in _OURS)
    if quarantined:
        text = f"{_n(quarantined, 'input')} killed or outlasted the worker and were set aside"
        reason = next(r for r in _QUARANTINE if reasons.get(r))
        yield Attention(text, f"wordtone rejects --retry {reason.value}")
    if others:
        worst = max(reasons, key=lambda name: reasons[name])
        text = f"{_n(others, 'input')} could not be used whole, most often: {worst}"
        yield Attention(text, "wordtone rejects")


def _missing(status: Status) -> Iterator[Attention]:
    if count := status["files_by_state"].get("missing", 0):
        text = f"{_n(count, 'file')} vanished; their tracks have left training"
        yield Attention(text, "wordtone query \"FROM music WHERE state = 'missing'\"")


def _licences(status: Status) -> Iterator[Attention]:
    known = {row["layer"]: row["known"] for row in status["rights_by_layer"]}
    without = status["tracks"] - known.get("recording", 0)
    if without:
        has, stays = ("has", "stays") if without == 1 else ("have", "stay")
        text = (
            f"{_n(without, 'track')} {has} no clear licence and {stays} out of training and exports"
        )
        yield Attention(text, f'wordtone query "{_UNCLEAR}"')


def _words(status: Status) -> Iterator[Attention]:
    if without := status["tracks"] - status["described"]:
        has, its = ("has", "its name") if without == 1 else ("have", "their names")
        text = f"{_n(without, 'track')} {has} no words beyond {its}"
        yield Attention(text, "wordtone import SET PATH")


def _small(status: Status) -> Iterator[Attention]:
    if 0 < status["described"] < _SMALL_CATALOGUE:
        text = (
            f"{_n(status['described'], 'described track')} teach a mapping little; "
            f"{_SMALL_CATALOGUE} are a start"
        )
        yield Attention(text, "wordtone ingest FOLDER")


def _model(status: Status) -> Iterator[Attention]:
    trained = [row for row in status["models"] if row["kind"] == "mapping"]
    if not trained:
        yield Attention("no mapping from words to features has been trained", "wordtone train")
        return
    runs = (row for row in status["last_runs"] if row["flow"] == "train")
    before = next((json.loads(row["counts"]).get("tracks") for row in runs), None)
    if before and status["tracks"] > before * _GROWN and status["described"] > before * _GROWN:
        text = f"the newest mapping knows {before} of {status['described']} described tracks"
        yield Attention(text, "wordtone train")


def _space(status: Status) -> Iterator[Attention]:
    now, kept = status["space"]["current_bytes"], status["space"]["bytes"]
    if kept > max(_OLD_SPACE * now, now + _LEAST_OLD_BYTES):
        yield Attention("most of the space on disk is kept for the past", "wordtone maintain")


def _n(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


_RULES: tuple[Callable[[Status], Iterator[Attention]], ...] = (
    _faults,
    _runs,
    _unaccounted,
    _pending,
    _rejects,
    _missing,
    _licences,
    _words,
    _small,
    _model,
    _space,
)
