"""Train the mapping from words to features, and judge it.

    python examples/train.py

Needs the warehouse of examples/ingest.py. Twenty-four tracks teach little, and the figures say so:
the point here is how to read them. With a catalogue of thousands the same cells hold.
"""

# %%
from __future__ import annotations

import os
from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")
import matplotlib.pyplot as plt

from mapping.encoder import load_encoder
from mapping.model import Mapping
from pipelines.train import TrainRequest, train
from schemas.settings import Settings

OUT = Path(os.environ.get("EXAMPLES_OUT", "examples-out"))
settings = Settings(home=OUT / "home")
assert settings.home_path.exists(), "run examples/ingest.py first"

# %% Learn
# Only licences that the policy lets through train; the manifest lists every track and its licence.
# Rendered scores may state a licence that "open" refuses: they are let in for this example.
trained = train(settings, TrainRequest(allow_unknown_rights=True))
print(f"{trained.tracks} tracks, snapshot {trained.snapshot}, {trained.seconds:.0f} s")
print(f"kept in {trained.path}")

# %% Judge
# By cross-validation over groups: no artist, album or source is in train and test. Three things
# to beat: always saying the average (dummy), the commonest tag's average (lookup), and chance.
metrics = trained.mapping.manifest.metrics
assert metrics is not None
for name, row in metrics["features"].items():
    print(
        f"{name:<20} error {row['mae']:8.3g} {row['unit']:<12} average {row['mae_dummy']:8.3g}"
        f"   in 90 % range {row['coverage90']:.0%}"
    )
mean = metrics["mean"]
print(
    f"mean R² {mean['r2']:.2f} (lookup {mean['r2_lookup']:.2f}), in range {mean['coverage90']:.0%}"
)

# %% What a prompt means, before and after
starter = Mapping.starter(load_encoder())
prompt = "slow dark ambient with strings"
for which, mapping in (("starter", starter), ("trained", trained.mapping)):
    vector = mapping.condition(prompt)
    tempo = vector.features["tempo_bpm"]
    assert tempo.quantiles is not None
    print(
        f"{which}: {tempo.quantiles.p05:.0f} … {tempo.quantiles.p95:.0f} BPM, "
        f"from {len(vector.evidence)} tracks, starter's share {vector.prior_share}"
    )

# %% The figure to look at first
names = list(metrics["features"])
figure, axis = plt.subplots(figsize=(7, 4), layout="constrained")
for offset, (key, label) in enumerate(
    (("r2", "mapping"), ("r2_lookup", "tag lookup"), ("r2_dummy", "average"))
):
    places = [index + (offset - 1) * 0.25 for index in range(len(names))]
    axis.barh(places, [metrics["features"][n][key] for n in names], height=0.25, label=label)
axis.set(yticks=range(len(names)), yticklabels=names, xlabel="R² on tracks not trained on")
axis.axvline(0, color="black", linewidth=0.8)
figure.legend(loc="outside upper center", ncols=3)
figure.savefig(OUT / "train.png", dpi=120)
plt.close(figure)
print(f"figure: {OUT / 'train.png'}")
