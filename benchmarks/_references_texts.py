"""Texts that references are judged by: names, captions, phrasings, sentences about other things."""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from mapping.predicting.learned import TrackInfo
from mapping.references.folding import key
from schemas.errors import InputError

PROMPTS = Path(__file__).parent / "prompts" / "off_topic.txt"

PHRASINGS: tuple[tuple[str, str | None], ...] = (
    ("something like {}", None),
    ("a slow song in the style of {}", None),
    ("sounds like {} but with strings", None),
    ("a bass line like {} over a house beat", "bass"),
    ("with drums in the manner of {}", "drums"),
    ("{}-style guitar, 120 bpm", "guitar"),
    ("reminiscent of {}, dark and slow", None),
    ("inspired by {}", None),
    ("a {} type beat", None),
    ("vocals that sound like {}", "vocals"),
    ("à la {}, for the dance floor", None),
    ("the melody should be similar to {}", "melody"),
)
"""How a name may be referred to, and the part that it is for."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A prompt that refers to `name`, for `part`."""

    text: str
    name: str
    part: str | None


def names(folder: Path) -> tuple[list[str], list[str]]:
    """Artists of the public sets, and beside them titles of titles and songs: harder words.

    Raises InputError when spotify_songs is not in `folder`.
    """
    artists: dict[str, None] = {}
    titles: dict[str, None] = {}
    for path, columns in (("artists.csv", ("artists",)), ("tracks.csv", ("track_artist",))):
        for row in _rows(folder / "spotify_songs" / path):
            artists.update({row[c].strip(): None for c in columns})
            if "track_album_name" in row:
                titles |= {row[c].strip(): None for c in ("track_album_name", "track_name")}
    real = [name for name in artists if 0 < len(key(name).split()) <= 8]
    return real, [name for name in titles if 0 < len(key(name).split()) <= 8]


def tracks(listed: Sequence[str]) -> list[TrackInfo]:
    """A track by each name, as an index takes them."""
    return [TrackInfo(f"n{i}", "", None, name, None) for i, name in enumerate(listed)]


def captions(folder: Path) -> list[str]:
    path = folder / "musiccaps" / "captions.csv"
    return [row["caption"] for row in _rows(path)] if path.is_file() else []


def tags(folder: Path) -> list[str]:
    """The distinct tags of MTG-Jamendo, spelled with spaces where they are known to have them."""
    found: dict[str, None] = {}
    for path in sorted((folder / "mtg_jamendo").glob("*.tsv")):
        for line in path.read_text(encoding="utf-8").splitlines()[1:]:
            found.update({field.split("---")[1]: None for field in line.split("\t")[5:]})
    return list(found)


def asked(listed: Sequence[str], count: int, seed: int, *, lower: bool) -> Iterator[Asked]:
    """`count` names, each in a phrasing of its own turn."""
    drawn = random.Random(seed).sample(list(listed), count)
    for i, name in enumerate(drawn):
        phrasing, part = PHRASINGS[i % len(PHRASINGS)]
        yield Asked(phrasing.format(name.lower() if lower else name), name, part)


def prompts(*files: str) -> list[str]:
    """Prompts of the files of `benchmarks/prompts`."""
    lines = [
        line for name in files
        for line in (PROMPTS.parent / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    ]  # fmt: skip
    return [json.loads(line)["prompt"] for line in lines if line.strip()]


def off_topic(which: str) -> list[str]:
    """The sentences under [calibrate] or [judge]."""
    found: list[str] = []
    section = ""
    for line in PROMPTS.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        elif section == which and line and not line.startswith("#"):
            found.append(line)
    return found


def letters(count: int) -> list[str]:
    rng = random.Random(0)
    return ["".join(rng.choices("abcdefghijklmnopqrstuvwxyz ", k=30)) for _ in range(count)]


def _rows(path: Path) -> Iterator[dict[str, str]]:
    if not path.is_file():
        raise InputError(f"{path}: no such file; --data names the folder of the public sets")
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)
