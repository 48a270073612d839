"""From files to a warehouse: take a folder of music in, change something, take it in again.

    python examples/ingest.py

Renders 24 labelled pieces with the built-in sequencer, because a repository carries no music; point
MUSIC at a folder of your own instead. The cells (`# %%`) open as a notebook in most editors. The
other examples go on with the warehouse that this one makes.
"""

# %%
from __future__ import annotations

import os
import shutil
from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")  # figures go to files
import matplotlib.pyplot as plt

from generation.catalogue.rendering import render_catalogue
from pipelines.ingest import ingest
from pipelines.sources.fetching import Remotes
from pipelines.sources.opening import open_sources
from schemas.settings import Settings
from service.compose import open_lake
from warehouse import queries

OUT = Path(os.environ.get("EXAMPLES_OUT", "examples-out"))
MUSIC = OUT / "music"
settings = Settings(home=OUT / "home")

# %% Some music
# Each FLAC has a JSON file beside it: title, artist, tags, a description, its licence.
if not MUSIC.exists():
    # One worker: more are processes, which would run this script from its top.
    render_catalogue(MUSIC, 24, workers=1)
(MUSIC / "broken.flac").write_bytes(b"fLaC, and then nothing of the kind")
print(f"{len(list(MUSIC.rglob('*.flac')))} files, one of them broken, in {MUSIC}")


# %% Taken in
def take_in() -> None:
    sources = open_sources((str(MUSIC),), Remotes.from_settings(settings))
    report = ingest(settings, sources)
    counts = ", ".join(f"{n} {outcome.value}" for outcome, n in report.counts.items())
    print(f"{report.discovered} found: {counts}; {report.seconds:.1f} s")


take_in()

# %% Again: nothing is decoded twice
# What a file is, is told by its samples: renaming one is no new track.
first = sorted(MUSIC.rglob("*.flac"))[1]
for suffix in (".flac", ".json"):
    shutil.move(first.with_suffix(suffix), first.with_name(f"renamed{suffix}"))
take_in()
for suffix in (".flac", ".json"):
    shutil.move(first.with_name(f"renamed{suffix}"), first.with_suffix(suffix))

# %% What was not accepted, and why
with open_lake(settings) as lake:
    for reject in lake.query("SELECT uri, reason, detail FROM rejects").to_pylist():
        print(f"{Path(reject['uri']).name}: {reject['reason']} ({reject['detail']})")
    tracks = queries.tracks(lake, limit=3).to_pylist()
    features = lake.query(
        "SELECT tempo_bpm, energy, brightness_hz, loudness_lufs FROM track_features"
    ).to_pydict()
for track in tracks:
    print(f"{track['track_id']}  {track['artist']}: {track['title']}")

# %% What was measured
# Every value has a unit and a source (`wordtone tracks ID` shows them); null has a reason.
units = {"tempo_bpm": "BPM", "energy": "0 … 1", "brightness_hz": "Hz", "loudness_lufs": "LUFS"}
figure, axes = plt.subplots(1, len(units), figsize=(12, 2.6), layout="constrained")
for axis, (name, unit) in zip(axes, units.items(), strict=True):
    axis.hist([value for value in features[name] if value is not None], bins=10)
    axis.set(xlabel=f"{name} [{unit}]", ylabel="tracks")
figure.savefig(OUT / "ingest.png", dpi=120)
plt.close(figure)
print(f"figure: {OUT / 'ingest.png'}")
