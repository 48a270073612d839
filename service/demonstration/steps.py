"""The steps of the demonstration, each announced before it starts."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from schemas.operations import RunState
from schemas.settings import Settings
from service.demonstration.honesty import honesty
from service.demonstration.music import find_music
from service.demonstration.showing import PROMPTS, QUESTION, answer, show, show_tables

if TYPE_CHECKING:
    from mapping.model import Mapping

TAKES = (0, 1)
"""Pieces of each prompt: two answers to one prompt can be compared (`wordtone serve`, Review)."""

LENGTH_S = 12.0


def run(settings: Settings, music: Path | None, tracks: int) -> None:
    """All steps. `music` is a folder of a person's own; `tracks` are rendered where it is None.

    Raises
    ------
    WordtoneError
        When a step cannot be done; what was done before is kept.
    KeyboardInterrupt
        When it was stopped.
    """
    own = music is not None
    heading("1. Music")
    folders = [music] if music is not None else find_music(settings, tracks)
    heading("2. Ingest: files → features and words → the warehouse")
    changed = take_in(settings, folders)
    heading("3. The three tables")
    show_tables(settings)
    heading("4. A question in SQL")
    show(settings, QUESTION)
    heading("5. Train: which words go with which sound")
    mapping = learn(settings, own=own, changed=changed)
    heading("6. Prompts become conditioning vectors")
    answer(mapping)
    heading("7. Vectors become music, and music is measured")
    make_pieces(settings, mapping)
    heading("8. The index of the search")
    index(settings)
    heading("What this catalogue can and cannot teach")
    print(honesty(settings, mapping, own=own))


def heading(text: str) -> None:
    print(f"\n\x1b[1m{text}\x1b[0m" if sys.stdout.isatty() else f"\n== {text}", flush=True)


def take_in(settings: Settings, folders: list[Path]) -> bool:
    """Ingest; whether anything changed. Raises KeyboardInterrupt when it was stopped by hand."""
    from pipelines.ingest import ingest
    from service.progress import TerminalObserver
    from service.report.ingest import ingest_summary

    with TerminalObserver() as observer:
        report = ingest(settings, folders, observer=observer)
    print(ingest_summary(report))
    if report.state is RunState.INTERRUPTED:
        raise KeyboardInterrupt
    return report.state is not RunState.NOTHING_TO_DO


def learn(settings: Settings, *, own: bool, changed: bool) -> Mapping:
    """Train, where there is something new to learn from.

    A person's own music trains also where no licence is stated, and that is said.
    """
    from pipelines.train import TrainRequest
    from service import compose, operations
    from service.report.mapping import training_report

    current = compose.current_model(settings)
    if not changed and current != compose.STARTER:
        print(f"nothing new to learn from: {current} stays in use (`wordtone models show`)")
        return compose.load_mapping(settings)
    if own:
        print(
            "Your own music trains also where it states no licence (--allow-unknown-rights); the\n"
            "mapping's manifest says so. Do not pass such a mapping on before you know the rights."
        )
    trained = operations.train(settings, TrainRequest(allow_unknown_rights=own))
    print(training_report(trained))
    return trained.mapping


def make_pieces(settings: Settings, mapping: Mapping) -> None:
    """Two takes of each prompt by the embedded engine, where they have not been made before."""
    from mapping.reading.wishes import Options
    from service import generations

    made = generations.generations(settings, limit=200)
    there = {(kept.result.request.prompt.text, kept.result.seed) for kept in made}
    for prompt, bpm in PROMPTS:
        vector = None
        for take in TAKES:
            if (prompt, take) in there:
                continue
            if vector is None:
                vector = mapping.condition(prompt, Options(bpm=bpm, duration_s=LENGTH_S, seed=0))
            asked = vector.model_copy(update={"seed": take})
            result = generations.generate(settings, asked).kept.result
            judged = [one.hit for one in result.features if one.hit is not None]
            print(
                f"  {result.generation_id}  “{prompt}”, take {take + 1}: "
                f"{sum(judged)} of {len(judged)} features met",
                flush=True,
            )
    print(f"{len(list(generations.generations(settings, limit=200)))} pieces are kept")


def index(settings: Settings) -> None:
    """Built now, so that the first search does not wait for it."""
    from service import compose

    with compose.open_lake(settings) as lake:
        compose.open_index(settings, lake, frozenset({"text", "words", "features"}))
    print("ready: `wordtone search`, `wordtone similar`, and the page")
