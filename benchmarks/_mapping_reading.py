"""How much of what a prompt says is read: stated tempi and keys, and prompts with expectations.

`reading_figures` needs no data. `compositional_figures` asks a trained mapping whether each prompt
of a file moves the features it should; docs/prompts.md describes the format.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks._reading_phrasings import NO_KEY, NO_TEMPO, Family, Phrasing, phrasings
from benchmarks.figures import Figure
from mapping.model import Mapping
from mapping.reading.prompt import parse
from mapping.reading.statements import KeyStatement, TempoStatement
from schemas.answers import ConditioningVector
from schemas.errors import InputError

PROMPTS = Path(__file__).parent / "prompts"
PHRASINGS = 2_000
FIELDS = {"prompt", "base", "moves", "states"}
DEFAULT_BASE = "music"


def reading_figures(count: int = PHRASINGS) -> list[Figure]:
    """Share of stated tempi and keys that are read, on phrasings unseen in development."""
    families: tuple[Family, ...] = ("held-out", "development")
    found = []
    for family in families:
        asked = phrasings(count, family)
        suffix = "" if family == "held-out" else "_development"
        note = f"{count} generated phrasings, {family} family"
        tempi = sum(_tempo_read(phrasing) for phrasing in asked) / count
        keys = sum(_key_read(phrasing) for phrasing in asked) / count
        found.append(Figure(f"bpm_parsed{suffix}", tempi, "ratio", target=">= 0.99", note=note))
        found.append(Figure(f"key_parsed{suffix}", keys, "ratio", target=">= 0.98", note=note))
    tonics = sum(_states_tonic(text) for text in NO_KEY)
    beats = sum(_first_tempo(text) is not None for text in NO_TEMPO)
    return [
        *found,
        Figure("false_keys", tonics, "prompts", target="0", note=f"of {len(NO_KEY)} without a key"),
        Figure("false_tempi", beats, "prompts", target="0", note=f"of {len(NO_TEMPO)} without one"),
    ]


def _first_tempo(text: str) -> TempoStatement | None:
    return next((s for s in parse(text).statements if isinstance(s, TempoStatement)), None)


def _tempo_read(phrasing: Phrasing) -> bool:
    tempo = _first_tempo(phrasing.text)
    if tempo is None:
        return False
    if phrasing.low == phrasing.high:
        return tempo.value == phrasing.low
    return (tempo.low, tempo.high) == (phrasing.low, phrasing.high)


def _key_read(phrasing: Phrasing) -> bool:
    keys = [s for s in parse(phrasing.text).statements if isinstance(s, KeyStatement)]
    wanted = (phrasing.key % 12, int(phrasing.key < 12))
    return [(key.pitch_class, key.mode) for key in keys] == [wanted]


def _states_tonic(text: str) -> bool:
    keys = (s for s in parse(text).statements if isinstance(s, KeyStatement))
    return any(key.pitch_class is not None for key in keys)


def compositional_figures(mapping: Mapping, extra: Path | None = None) -> list[Figure]:
    """Prompts that do all they should, of the two files beside this one and of `extra`."""
    files = [("compositional_hits", PROMPTS / "compositional.jsonl", ">= 24"),
             ("compositional60_hits", PROMPTS / "compositional60.jsonl", ">= 55")]  # fmt: skip
    if extra is not None:
        files.append(("prompts_hits", extra, ""))
    return [_hits(mapping, name, path, target) for name, path, target in files]


def _hits(mapping: Mapping, name: str, path: Path, target: str) -> Figure:
    asked = read_prompts(path)
    failed = [f"{item['prompt']!r} {', '.join(wrong)}" for item in asked
              if (wrong := misses(mapping, item))]  # fmt: skip
    note = f"of {len(asked)}" + (f"; missed: {'; '.join(failed)}" if failed else "")
    return Figure(name, len(asked) - len(failed), "prompts", target=target, note=note)


def read_prompts(path: Path) -> list[dict[str, Any]]:
    """The prompts of a JSON-lines file. Raises InputError that names the line."""
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            item = json.loads(line)
        except json.JSONDecodeError as error:
            raise InputError(f"{path}:{number}: {error}") from error
        if not isinstance(item, dict) or not isinstance(item.get("prompt"), str):
            raise InputError(f"{path}:{number}: valid is an object with a text 'prompt'")
        unknown = sorted(set(item) - FIELDS) + sorted(set(item.get("states", {})) - set(STATES))
        if unknown:
            valid = ", ".join((*sorted(FIELDS), *STATES))
            raise InputError(f"{path}:{number}: unknown {', '.join(unknown)}; valid: {valid}")
        found.append(item)
    return found


def misses(mapping: Mapping, item: dict[str, Any]) -> list[str]:
    """What a prompt was expected to do and does not; a feature the mapping lacks is left out."""
    answer = mapping.condition(item["prompt"])
    wrong = [
        f"{name} is {said!r}, not {wanted!r}"
        for name, wanted in item.get("states", {}).items()
        if (said := STATES[name](answer)) != wanted
        and not (isinstance(wanted, dict) and wanted.items() <= said.items())
    ]
    moves = {f: way for f, way in item.get("moves", {}).items() if f in mapping.features}
    if moves:
        base = mapping.condition(item.get("base", DEFAULT_BASE))
        for name, way in moves.items():
            change = middle(answer, name) - middle(base, name)
            if not (change > 0 if way == "up" else change < 0):
                wrong.append(f"{name} moves by {change:+.3g}, not {way}")
    return wrong


def middle(answer: ConditioningVector, name: str) -> float:
    """Median of what is asked of a feature, in its unit."""
    condition = answer.features[name]
    if condition.quantiles is not None:
        return condition.quantiles.p50
    return 0.0 if condition.value is None else condition.value


def _stated_tempo(answer: ConditioningVector) -> float | None:
    condition = answer.features.get("tempo_bpm")
    return condition.value if condition and condition.lock == "hard" else None


STATES: dict[str, Callable[[ConditioningVector], Any]] = {
    "tempo_bpm": _stated_tempo,
    "key": lambda a: a.key.name if a.key else None,
    "mode": lambda a: a.key.mode if a.key else None,
    "time_signature": lambda a: a.time_signature,
    "duration_s": lambda a: a.duration_s,
    "vocals": lambda a: a.vocals.mode,
    "voice": lambda a: a.vocals.voice,
    "lyrics_language": lambda a: a.vocals.language,
    "lyrics_theme": lambda a: a.vocals.theme,
    "language": lambda a: a.prompt.language,
    "sections": lambda a: bool(a.sections),
    "instruments": lambda a: {i.id: i.presence for i in a.instruments},
}
"""What `states` may name, and where the answer has it."""


def main(arguments: Sequence[str] = ()) -> None:
    """`python -m benchmarks._mapping_reading`: the figures that need no data."""
    from benchmarks.figures import table

    print(table(reading_figures(int(arguments[0]) if arguments else PHRASINGS)))


if __name__ == "__main__":
    import sys

    main(sys.argv[1:])
