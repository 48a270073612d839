"""The starter prior: does it move as words say, and does a growing catalogue take over from it?

`benchmarks/prompts/styles_heldout.jsonl` holds 60 prompts of a style and a modifier that were
written before there was a starter and looked at by nobody since; `styles_dev.jsonl` is the set to
develop on. Each names the style and the feature that must move against the style alone. With
--data, the starter is set beside mappings of 50 to 5,000 tracks of the public set and beside both
blended, on test tracks of other playlists, artists and albums; the styles are compared with
measured means of genres of their names, and captions that point one way are told apart.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks._mapping_reading import PROMPTS, compositional_figures, middle
from benchmarks._starter_checks import agreement_figures, starter_caption_figures
from benchmarks._starter_growth import SIZES, growth_figures
from benchmarks.figures import Figure
from mapping.encoder import load_encoder
from mapping.model import Mapping
from mapping.starter.build import build
from schemas.styles import style, styles


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data", type=Path, metavar="FOLDER",
        help="folder of the public sets; without it, growth is not measured",
    )  # fmt: skip
    parser.add_argument("--seeds", type=int, default=3, help="splits to average growth over (3)")
    parser.add_argument("--verbose", action="store_true", help="print each prompt that is missed")


def run(options: argparse.Namespace) -> Sequence[Figure]:
    encoder = load_encoder()
    mapping = Mapping.starter(encoder)
    found = [Figure("starter_styles", len(styles()), "styles", ">= 60")]
    for name, target in (("heldout", ">= 0.9"), ("dev", "")):
        found += direction_figures(mapping, name, target, options.verbose)
    found += [
        replace(one, name=f"starter_{one.name}", target="")
        for one in compositional_figures(mapping)
    ]
    found += served_figures()
    started = time.perf_counter()
    size = sum(len(content) for content in build(encoder).values())
    found.append(Figure("starter_build_s", time.perf_counter() - started, "s"))
    found.append(Figure("starter_size_mb", size / 1e6, "MB", "<= 2"))
    if options.data is not None:
        seeds, sizes = (1, SIZES[:2]) if options.quick else (options.seeds, SIZES)
        found += agreement_figures(options.data)
        found += starter_caption_figures(mapping, options.data)
        found += growth_figures(options.data, seeds, sizes)
    return found


def direction_figures(mapping: Mapping, name: str, target: str, verbose: bool) -> list[Figure]:
    """Share of the prompts of one set that move as they should, and whose tempo is the style's."""
    lines = (PROMPTS / f"styles_{name}.jsonl").read_text(encoding="utf-8").splitlines()
    asked = [json.loads(line) for line in lines]
    moved: dict[str, list[bool]] = {}
    inside = []
    for item in asked:
        answer, base = mapping.condition(item["prompt"]), mapping.condition(item["base"])
        for feature, way in item["moves"].items():
            change = middle(answer, feature) - middle(base, feature)
            right = change > 0 if way == "up" else change < 0
            moved.setdefault(feature, []).append(right)
            if verbose and not right:
                sys.stdout.write(f"missed: {item['prompt']!r}: {feature} {change:+.3g}\n")
        low, high = style(item["style"]).tempo
        tempo = answer.features["tempo_bpm"].value or 0.0
        inside.append(any(0.97 * low <= tempo * k <= 1.03 * high for k in (0.5, 1, 2)))
    every = [right for listed in moved.values() for right in listed]
    note = ", ".join(f"{n} {sum(r)}/{len(r)}" for n, r in moved.items())
    return [
        Figure(f"starter_direction_{name}", sum(every) / len(every), "ratio", target, note=note),
        Figure(
            f"starter_tempo_inside_{name}", sum(inside) / len(inside), "ratio",
            note="of the style's range, its half or double",
        ),
    ]  # fmt: skip


def served_figures() -> list[Figure]:
    """Loading, a prompt and memory in a process of their own on one core, as a service runs it."""
    done = subprocess.run(
        [sys.executable, "-c", _SERVED, str(PROMPTS / "styles_dev.jsonl")],
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    load_ms, p50, p99, peak = (float(value) for value in done.stdout.split())
    return [
        Figure("starter_load_ms", load_ms, "ms", note="CPU, the encoder loaded before"),
        Figure("starter_latency_p50_ms", p50, "ms", "<= 8", note="CPU time of a prompt, warm"),
        Figure("starter_latency_p99_ms", p99, "ms", "<= 20"),
        Figure("starter_rss_mib", peak, "MiB", "<= 350", note="the whole process"),
    ]


_SERVED = """
import json, sys, time
from pathlib import Path
from mapping.encoder import load_encoder
from mapping.model import Mapping

prompts = [json.loads(line)["prompt"] for line in Path(sys.argv[1]).read_text().splitlines()]
encoder = load_encoder()
started = time.process_time()
mapping = Mapping.starter(encoder)
load = time.process_time() - started
times = []
for prompt in prompts * 6:
    started = time.process_time()
    mapping.condition(prompt)
    times.append(time.process_time() - started)
times = sorted(times[len(prompts):])  # the first round warms up
status = Path("/proc/self/status").read_text()  # ru_maxrss would count the parent's memory, too
peak = int(status.split("VmHWM:")[1].split()[0]) / 1024
print(load * 1e3, times[len(times) // 2] * 1e3, times[int(0.99 * len(times))] * 1e3, peak)
"""
