"""What the demonstration shows of the warehouse and of the mapping."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemas.settings import Settings

if TYPE_CHECKING:
    from mapping.model import Mapping
    from schemas.answers import ConditioningVector

PROMPTS: tuple[tuple[str, float | None], ...] = (
    ("UK garage track with trumpets", 130.0),
    ("High instrumentality and energy with bright timbre 120 BPM in the key of C minor", None),
    ("slow dark ambient", None),
    ("fast death metal", None),
)

FEW_TRACKS = """SELECT min(track_id) FROM music
    WHERE title <> '' GROUP BY album, origin ORDER BY origin = 'score_render', album LIMIT 3"""

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
SELECT term, origin, count(*) AS tracks,
       round(median(tempo_bpm)) AS bpm,
       round(avg(energy), 2) AS energy,
       round(avg(loudness_lufs), 1) AS lufs,
       round(median(brightness_hz)) AS brightness_hz,
       mode(key_name) AS commonest_key
FROM text_metadata JOIN track_features USING (track_id) JOIN music USING (track_id)
WHERE kind IN ('genre', 'mood', 'instrument')
GROUP BY term, origin HAVING count(*) >= 3
ORDER BY origin = 'score_render', energy LIMIT 25"""


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
