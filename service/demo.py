"""`./dev demo`: the main job on real music, from files to a conditioning vector, said honestly.

music ─▶ ingest ─▶ three tables ─▶ a question in SQL ─▶ train ─▶ prompts become vectors
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import sys
import textwrap
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from schemas.errors import SourceUnavailable, WordtoneError
from schemas.settings import Settings

if TYPE_CHECKING:
    from mapping.model import Mapping
    from schemas.answers import ConditioningVector

HOME, OWN_HOME = Path(".wordtone/demo"), Path(".wordtone/music")
"""Where the demonstration keeps its catalogue, and that of `--music`: they are never mixed."""

PROMPTS: tuple[tuple[str, float | None], ...] = (
    ("UK garage track with trumpets", 130.0),
    ("High instrumentality and energy with bright timbre 120 BPM in the key of C minor", None),
    ("slow dark ambient", None),
    ("fast death metal", None),
)

FEW_TRACKS = """SELECT min(track_id) FROM music
    WHERE title <> '' GROUP BY album ORDER BY album LIMIT 3"""

RENDERED_TRACKS = 80
"""Rendered where no recordings can be had; `wordtone demo-catalogue` makes more."""

TABLES = {
    "music": f"SELECT * FROM music WHERE track_id IN ({FEW_TRACKS}) ORDER BY track_id",
    "quantitative_metadata": f"""SELECT * FROM quantitative_metadata
WHERE track_id IN ({FEW_TRACKS})
  AND metric IN ('tempo_bpm', 'energy', 'brightness_hz', 'danceability', 'loudness_lufs')
ORDER BY track_id, metric""",
    "text_metadata": f"""SELECT track_id, term, kind, source, weight FROM text_metadata
WHERE track_id IN ({FEW_TRACKS}) AND kind <> 'description'
ORDER BY track_id, kind, term LIMIT 18""",
}

QUESTION = """-- what do the words of this catalogue sound like?
SELECT term, count(*) AS tracks,
       round(median(tempo_bpm)) AS bpm,
       round(avg(energy), 2) AS energy,
       round(avg(loudness_lufs), 1) AS lufs,
       round(median(brightness_hz)) AS brightness_hz,
       mode(key_name) AS commonest_key
FROM text_metadata JOIN track_features USING (track_id)
WHERE kind IN ('genre', 'mood', 'instrument')
GROUP BY term HAVING count(*) >= 3
ORDER BY energy"""


HONESTY = """
{tracks} tracks by {artists} artists with {sound} words about sound ({trained} tracks had any
words) can show that the path works from file to vector, that a stated tempo or key is met, and
which way common words point. They cannot teach what a style sounds like: most styles occur once
or not at all. The words come from embedded tags, file and package names and copyright files
and, for the demonstration's packages that name no genre, from a listing of ours (source
debian:listing, half weight). With so few artists to hold out, the errors above are themselves
uncertain; an R² below zero means that the average would have done better. That "slow" comes out
slow is owed to the lexicon, not to learning. Words listed as unknown moved nothing; wide ranges
mean what they say. Perceptual features (valence, instrumentalness …) need a named model and are
null. Point it at your own music: ./dev demo --music FOLDER
"""


def main(arguments: Sequence[str]) -> int:
    """Run the demonstration; 0 when every step did what it says."""
    parser = argparse.ArgumentParser(prog="./dev demo", description=__doc__, allow_abbrev=False)
    parser.add_argument("--music", type=Path, metavar="FOLDER", help="use your own music")
    options = parser.parse_args(arguments)
    started = time.monotonic()
    try:
        home = (OWN_HOME if options.music else HOME).absolute()
        settings = dataclasses.replace(Settings.from_env(os.environ), home=home)
        run(settings, options.music)
    except WordtoneError as error:
        print(f"demo: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("demo: interrupted; run it again to go on", file=sys.stderr)
        return 1
    print(f"\nThe whole demonstration took {time.monotonic() - started:.0f} s.")
    return 0


def run(settings: Settings, music: Path | None) -> None:
    """All steps, each announced before it starts."""
    heading("1. Music")
    folder = music or find_music(settings)
    heading("2. Ingest: files → features and words → the warehouse")
    take_in(settings, folder)
    heading("3. The three tables")
    show_tables(settings)
    heading("4. A question in SQL")
    show(settings, QUESTION)
    heading("5. Train: which words go with which sound")
    mapping = learn(settings, own=music is not None)
    heading("6. Prompts become conditioning vectors")
    answer(mapping)
    heading("What this catalogue can and cannot teach")
    print(honesty(settings, mapping))


def heading(text: str) -> None:
    print(f"\n\x1b[1m{text}\x1b[0m" if sys.stdout.isatty() else f"\n== {text}", flush=True)


def find_music(settings: Settings) -> Path:
    """Real recordings out of Debian packages where apt is, else rendered clips."""
    from pipelines.sources.debian import fetch_demo_music

    try:
        found = fetch_demo_music(settings.home_path / "cache", lambda text: print(f"  {text}"))
    except SourceUnavailable as error:
        print(f"  no recordings: {error}")
        return render_music(settings)
    print(
        f"{found.tracks} freely licensed recordings out of the Debian packages "
        f"{', '.join(found.packages)} ({found.bytes / 1e6:.0f} MB)"
    )
    return found.folder


def render_music(settings: Settings) -> Path:
    """A small labelled catalogue by the built-in sequencer; says so."""
    from generation.catalogue.rendering import render_catalogue

    folder = settings.home_path / "cache" / "rendered"
    if len(list(folder.glob("*.flac"))) < RENDERED_TRACKS:
        print(f"  rendering {RENDERED_TRACKS} labelled tracks with the built-in sequencer instead")
        render_catalogue(folder, RENDERED_TRACKS)
    print("These are rendered scores: they show the machinery, not what recordings sound like.")
    return folder


def take_in(settings: Settings, folder: Path) -> None:
    from pipelines.ingest import ingest
    from service.progress import TerminalObserver
    from service.report.ingest import ingest_summary

    with TerminalObserver() as observer:
        report = ingest(settings, [folder], observer=observer)
    print(ingest_summary(report))


def show_tables(settings: Settings) -> None:
    for name, sql in TABLES.items():
        print(f"\n{name}")
        show(settings, sql, echo=False)


def show(settings: Settings, sql: str, *, echo: bool = True) -> None:
    from service import compose
    from warehouse.formats import table_text
    from warehouse.user_query import run_query

    if echo:
        print(f"{sql}\n")
    with compose.open_lake(settings) as lake:
        print(table_text(run_query(lake, sql)).rstrip("\n"))


def learn(settings: Settings, *, own: bool) -> Mapping:
    """Train; on a person's own music also where no licence is stated, and that is said."""
    from pipelines.train import TrainRequest
    from service import operations
    from service.report.mapping import training_report

    if own:
        print(
            "Your own music trains also where it states no licence (--allow-unknown-rights); the\n"
            "mapping's manifest says so. Do not pass such a mapping on before you know the rights."
        )
    trained = operations.train(settings, TrainRequest(allow_unknown_rights=own))
    print(training_report(trained))
    return trained.mapping


def answer(mapping: Mapping) -> None:
    from mapping.reading.wishes import Options
    from service.report.mapping import vector_report

    vectors = []
    for prompt, bpm in PROMPTS:
        stated = f" --bpm {bpm:g}" if bpm else ""
        print(f'\n$ wordtone condition "{prompt}"{stated} --format table')
        vectors.append(mapping.condition(prompt, Options(bpm=bpm, samples=3, seed=0)))
        print(vector_report(vectors[-1]))
    slow, fast = vectors[2:]
    print(f"\n{PROMPTS[2][0]} beside {PROMPTS[3][0]}:")
    for name in ("tempo_bpm", "energy"):
        print(compared(name, slow, fast))
    print("\nThe same as JSON, for a generator (the first vector):")
    print(vectors[0].vector.model_dump_json())


def compared(name: str, slow: ConditioningVector, fast: ConditioningVector) -> str:
    """One line: the feature of both, and whether it differs the way the words say."""
    low, high = (vector.features[name].value for vector in (slow, fast))
    if low is None or high is None:
        return f"  {name}: open, because the catalogue does not say"
    verdict = "as the words say" if low < high else "NOT as the words say"
    return f"  {name}: {low:.4g} and {high:.4g}, {verdict}"


def honesty(settings: Settings, mapping: Mapping) -> str:
    """What so few tracks are worth, with their own numbers."""
    from service import compose
    from warehouse import queries

    with compose.open_lake(settings) as lake:
        totals = queries.status_totals(lake)
        terms = {row["kind"]: row["tags"] for row in queries.status_tags(lake)}
    sound = sum(terms.get(kind, 0) for kind in ("genre", "mood", "instrument"))
    text = HONESTY.format(
        tracks=totals["tracks"],
        artists=totals["artists"],
        sound=sound,
        trained=mapping.info.trained_tracks,
    )
    return textwrap.fill(" ".join(text.split()), 100)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
