"""What the bound on the reference set costs: the same split with fewer tracks to draw on."""

from __future__ import annotations

from dataclasses import replace

from benchmarks._mapping_rounds import CONFIG, Bench
from benchmarks.figures import Figure
from mapping.learning.evaluation import score
from mapping.learning.predictions import predict
from mapping.learning.training import fit

SIZES = (1_000, 2_500, 5_000)


def reference_figures(bench: Bench) -> list[Figure]:
    r = bench.rounds[0]
    sizes = [size for size in SIZES if size < len(r.train)]
    scored = {len(r.train): r.scores}
    for size in sizes:
        fitted = fit(r.train, bench.encoder, replace(CONFIG, reference_rows=size))
        predicted = predict(fitted, r.train, r.test, bench.encoder)
        scored[size] = score(fitted.learned.specs, [predicted])
    found: list[Figure] = []
    for size, scores in sorted(scored.items()):
        note = "first seed" + (", all tracks learnt" if size == len(r.train) else "")
        found += [
            Figure(f"mean_r2_reference_{size}", scores.mean("r2"), "R²", note=note),
            Figure(f"crps_skill_reference_{size}", scores.mean("crps_skill"), "ratio", note=note),
        ]
    return found
