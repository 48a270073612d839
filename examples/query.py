"""Ask the catalogue in three ways: SQL, Python, HTTP. All read the same warehouse.

    python examples/query.py

Needs the warehouse of examples/ingest.py. The HTTP part starts a service on a free port of this
machine and stops it at the end; with WORDTONE_REMOTE set it asks that one instead.
"""

# %%
from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")
import matplotlib.pyplot as plt

from schemas.settings import Settings
from service.compose import open_index, open_lake
from warehouse.search import hits_table, search
from warehouse.selection import parse_selection
from warehouse.user_query import run_query
from wordtone_client import Client, as_table

OUT = Path(os.environ.get("EXAMPLES_OUT", "examples-out"))
settings = Settings(home=OUT / "home")
assert settings.home_path.exists(), "run examples/ingest.py first"

# %% SQL
# The views `music`, `track_features`, `text_metadata` … are made for this; docs/warehouse.md lists
# them. What comes back is an Arrow table: `.to_pandas()`, polars and DuckDB take it as it is.
SQL = """
WITH styles AS (SELECT DISTINCT track_id, term FROM text_metadata WHERE kind = 'genre')
SELECT term AS style, count(*) AS tracks, round(avg(tempo_bpm)) AS bpm,
       round(avg(energy), 2) AS energy
FROM track_features JOIN styles USING (track_id)
GROUP BY ALL HAVING count(*) > 1 ORDER BY bpm DESC LIMIT 8
"""
with open_lake(settings) as lake:
    styles = run_query(lake, SQL)
for row in styles.to_pylist():
    print(f"{row['style']:<20} {row['tracks']:>3} tracks  {row['bpm']:>4.0f} BPM  {row['energy']}")

# %% Python: words, their meaning, and ranges
with open_lake(settings) as lake:
    indexes = open_index(settings, lake, frozenset({"text", "words"}))
    wanted = parse_selection(["tempo_bpm>=90"], [], [])
    hits = hits_table(lake, search(lake, indexes, "warm and dreamy", wanted, limit=3))
for hit in hits.to_pylist():
    print(f"{hit['title']} by {hit['artist']}: {hit['tempo_bpm']:.0f} BPM, {hit['licence']}")

# %% Python: the catalogue as it was
# Every commit is a snapshot, and any of them can be read.
with open_lake(settings) as lake:
    earliest, latest = lake.snapshots()[0], lake.snapshots()[-1]
print(f"snapshots {earliest.version} … {latest.version}")


# %% HTTP
@contextmanager
def service() -> Iterator[str]:
    """Address of a service on this warehouse."""
    if there := os.environ.get("WORDTONE_REMOTE"):
        yield there
        return
    program = str(Path(sys.executable).with_name("wordtone"))
    kept = {k: v for k, v in os.environ.items() if not k.startswith("WORDTONE_")}
    environ = {**kept, "WORDTONE_HOME": str(settings.home_path)}
    server = subprocess.Popen(
        [program, "serve", "--port", "0"], env=environ, stderr=subprocess.PIPE, text=True
    )
    assert server.stderr is not None
    try:
        told = server.stderr.readline()
        found = re.search(r"http://\S+", told)
        assert found, told
        yield found[0]
    finally:
        server.terminate()
        server.wait(30)


with service() as address, Client.from_env({"WORDTONE_REMOTE": address}) as wordtone:
    # SQL over HTTP runs in a sandbox: published views only, with limits.
    answer = wordtone.query("SELECT tempo_bpm, energy, brightness_hz FROM track_features")
    points = as_table(answer)
    track = wordtone.tracks(limit=1)[0]
    near = wordtone.similar(track.track_id, limit=3).tracks
print(f"{points.num_rows} rows of snapshot {answer.snapshot}")
for other in near:
    print(f"like {track.title}: {other.title}, distance {other.distance:.2f}, by {other.near}")

# %% A picture of it
figure, axis = plt.subplots(figsize=(6, 4), layout="constrained")
found = points.to_pydict()
drawn = axis.scatter(found["tempo_bpm"], found["energy"], c=found["brightness_hz"], cmap="viridis")
axis.set(xlabel="tempo [BPM]", ylabel="energy [0 … 1]")
figure.colorbar(drawn, label="brightness [Hz]")
figure.savefig(OUT / "query.png", dpi=120)
plt.close(figure)
print(f"figure: {OUT / 'query.png'}")
