"""Condition somebody else's generator, on a machine with a GPU, by a prompt's vector.

    python examples/condition_a_gpu_generator.py

Works without any warehouse: the starter mapping answers until one has been trained. The generator
here is a stand-in (examples/worker.py) that takes MusicGen's call and plays a pulse at the tempo it
was told. For the real one, two lines change: see the last cell.
"""

# %%
from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")
import matplotlib.pyplot as plt

from generation.payloads import catalogue
from generation.registry import Making
from schemas.features import feature
from schemas.scales import normalise
from schemas.settings import Settings
from service import generations, operations
from service.generations import Generating

OUT = Path(os.environ.get("EXAMPLES_OUT", "examples-out"))
OUT.mkdir(exist_ok=True)
settings = Settings(home=OUT / "home")
WORKER = Path(__file__).with_name("worker.py") if "__file__" in globals() else Path("worker.py")

# %% A prompt as a vector
from mapping.reading.wishes import Options  # noqa: E402

vector = operations.condition(
    settings, "driving techno, no vocals", Options(bpm=132, duration_s=8, seed=7)
)
request = vector.to_request()
print("understood:", ", ".join(vector.understood))

# %% What each generator would be called with
# The vector is the same; what of it a generator can take differs, and nothing is dropped silently.
for engine in ("musicgen", "stable-audio-open", "ace-step", "jasco"):
    payload = json.loads(catalogue.build(engine, request).to_json())
    print(f"{engine}: {', '.join(sorted(payload['call']))}")
    print(f"  cannot take: {', '.join(payload['ignored']) or 'nothing asked'}")

# %% Run one in a process of its own
# `external` runs any program that reads JSON and writes audio: its own Python, its own machine by
# ssh, its own GPU. It is not trusted: time, size and paths are watched.
declared = OUT / "generator.toml"
declared.write_text(
    f"command = [{json.dumps(sys.executable)}, {json.dumps(str(WORKER.resolve()))}]\n"
    'payload = "musicgen"\ntimeout_s = 600\n\n'
    '[weights]\nid = "nobody/stand-in"\nlicence = "CC0-1.0"\n'
)
how = Generating(engine="external", making=Making(weights=str(declared)), record=False)
made = generations.generate(
    settings, request, how, lambda share, doing: print(f"{share:4.0%}  {doing}")
)
print(f"kept in {made.kept.folder}")

# %% Asked against measured
# Any generator's sound goes through the extractor that measures the catalogue.
rows = [
    one
    for one in made.kept.result.features
    if isinstance(one.asked, float) and isinstance(one.measured, float)
]
for row in rows:
    mark = {True: "met", False: "missed", None: ""}[row.hit]
    print(f"{row.feature:<20} asked {row.asked:9.4g}  measured {row.measured:9.4g}  {mark}")

# Both on each feature's usual range, 0 … 1: a decibel and a hertz are not to be compared.
figure, axis = plt.subplots(figsize=(7, 3.5), layout="constrained")
for place, row in enumerate(rows):
    spec = feature(row.feature)
    asked, measured = (normalise(spec, float(value or 0)) for value in (row.asked, row.measured))
    colour = "tab:green" if row.hit else "tab:red"
    axis.plot([asked, measured], [place, place], color=colour)
    axis.plot(asked, place, "o", color="white", markeredgecolor=colour)
    axis.plot(measured, place, "o", color=colour)
axis.set(yticks=range(len(rows)), yticklabels=[row.feature for row in rows], xlim=(-0.03, 1.03))
axis.set_xlabel("asked (open) and measured (full), on the usual range; green: within tolerance")
figure.savefig(OUT / "generator.png", dpi=120)
plt.close(figure)
print(f"figure: {OUT / 'generator.png'}")

# %% On a real GPU machine
# - MusicGen, Stable Audio and ACE-Step run in process, once torch and `pip install
#   'wordtone[engines]'` are there; CUDA is taken when there is one:
#       how = Generating(engine="musicgen", making=Making(weights="facebook/musicgen-small",
#                                                         download=True))
#   and an adapter trained by `wordtone train-adapter` lets the vector itself condition it:
#       Making(weights=…, adapter=Path("ADAPTER"))
# - Anything else keeps `external`: in worker.py, `make` loads your model once and calls it with
#   **call; `arrays` in the payload are .npy files (chroma, curves) for those that take them.
# - `candidates=4` on the request makes four and keeps the one that measures best.
