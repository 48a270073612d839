"""The sound itself: what rendering costs, and whether anything is heard that should not be.

Every playable style is composed for 12 bars in its own metre and usual tempo, rendered with the
sounds that are installed and mixed at -14 LUFS. Clicks are corners that stand four times out of all
others within 60 ms, away from onsets and ends of notes, on the stems without drums; loudness is
measured anew by pyloudnorm, peaks between samples by 16-fold oversampling. CPU times are of a
process that has rendered nothing before (cold) and of the same notes again (warm).
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Iterator, Sequence

import numpy as np

from benchmarks._sound_checks import STYLES_QUICK, Heard, heard, tilt_range
from benchmarks.figures import Figure


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--styles", nargs="*", metavar="ID", help="these alone")
    parser.add_argument("--verbose", action="store_true", help="print a line for each style")


def run(options: argparse.Namespace) -> Sequence[Figure]:
    from generation.sequencer.styles.library import entries

    names = options.styles or (STYLES_QUICK if options.quick else list(entries()))
    return [*_checks(list(_heard(names, options.verbose))), *_tilt(), *_times()]


def _heard(names: Sequence[str], verbose: bool) -> Iterator[Heard]:
    for name in names:
        found = heard(name)
        if verbose:
            print(found)
        yield found


def _checks(found: list[Heard]) -> Iterator[Figure]:
    worst_loud = max(found, key=lambda one: one.loudness_error_lu)
    worst_peak = max(found, key=lambda one: one.true_peak_db)
    yield Figure("sound_styles", len(found), "styles", note="rendered and measured")
    yield Figure(
        "sound_stem_sum_error", max(one.sum_error for one in found), "of full scale", "<= 1e-6"
    )
    yield Figure(
        "sound_clicks",
        sum(one.clicks for one in found),
        "clicks",
        "<= 0",
        note=", ".join(one.style for one in found if one.clicks)[:60],
    )
    yield Figure(
        "sound_loudness_error",
        worst_loud.loudness_error_lu,
        "LU",
        "<= 0.5",
        "pyloudnorm 0.1",
        f"largest: {worst_loud.style}",
    )
    yield Figure(
        "sound_true_peak",
        worst_peak.true_peak_db,
        "dBTP",
        "<= -0.9",
        note=f"highest: {worst_peak.style}; ceiling -1 dBFS",
    )
    yield Figure("sound_dc", max(one.dc for one in found), "of the peak", "<= 1e-3")
    yield Figure(
        "sound_end",
        max(one.end_db for one in found),
        "dB of the peak",
        "<= -60",
        note="the last millisecond",
    )
    correlations = [one.correlation for one in found]
    yield Figure(
        "sound_correlation",
        float(np.median(correlations)),
        "ratio",
        note=f"left with right, median; lowest {min(correlations):.2f}",
    )
    yield Figure("sound_slope", float(np.median([one.slope_db for one in found])), "dB/octave",
                 note="of density, 125 Hz to 4 kHz; hits: -5 (Pestana 2013)")  # fmt: skip


def _tilt() -> Iterator[Figure]:
    low, high, turns = tilt_range()
    yield Figure(
        "sound_brightness_low", low, "Hz", "<= 600", note="tilt all down; worst of 8 styles"
    )
    yield Figure("sound_brightness_high", high, "Hz", ">= 5000", note="tilt all up; worst of 8")
    yield Figure(
        "sound_brightness_turns", turns, "turns", "<= 0", note="of brightness against tilt"
    )


def _times() -> Iterator[Figure]:
    for seconds, target in ((15, "<= 0.35"), (120, "<= 3")):
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks._sound_checks", str(seconds)],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        cold, warm = (float(one) for one in done.stdout.split())
        yield Figure(f"sound_{seconds}s_cpu_s", cold, "s", target,
                     note=f"cold, slowest of four styles; warm {warm:.2g}")  # fmt: skip
