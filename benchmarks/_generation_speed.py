"""CPU seconds of a piece, warm, one thread."""

from __future__ import annotations

import statistics
import time

from benchmarks._generation_requests import stated
from benchmarks._generation_run import spread
from benchmarks.figures import Figure
from schemas.conditioning import ConditioningRequest, KeyCondition
from schemas.parts import Prompt, Source, StyleWeight

_BUSY = ("house", "drum-and-bass", "funk", "metal", "salsa", "jazz")
_TARGETS = {15: 0.5, 120: 4.0}


def speed_figures(quick: bool) -> list[Figure]:
    """Of busy styles: tempo, key, brightness and energy asked for; and onsets as well."""
    styles = _BUSY[:2] if quick else _BUSY
    found = []
    for length, target in _TARGETS.items():
        times = spread(_cpu_s, [(style, length, False) for style in styles], workers=1)
        note = f"median of {len(styles)} styles; worst {max(times):.2f} s"
        found.append(
            Figure(
                f"render_{length}s_cpu_s", statistics.median(times), "s", f"< {target}", note=note
            )
        )
    searched = spread(_cpu_s, [(style, 15, True) for style in styles], workers=1)
    note = "onset rate asked for, too: the density is searched by listening"
    found.append(Figure("render_15s_onsets_cpu_s", statistics.median(searched), "s", note=note))
    return found


def _cpu_s(given: tuple[str, int, bool]) -> float:
    from generation.sequencer.engine import Embedded

    style, length, onsets = given
    asks = {"tempo_bpm": 118.0, "brightness_hz": 2_000.0, "energy": 0.7}
    if onsets:
        asks["onset_rate_hz"] = 3.5
    request = ConditioningRequest(
        prompt=Prompt(text=style),
        features={name: stated(name, value) for name, value in asks.items()},
        key=KeyCondition(pitch_class=2, mode="minor", source=Source.USER, confidence=1),
        styles=(StyleWeight(id=style),),
        duration_s=float(length),
    )
    engine = Embedded()
    engine.generate(request.model_copy(update={"duration_s": 15.0}), 1)  # sounds are kept once made
    started = time.process_time()
    engine.generate(request, 2)
    return time.process_time() - started
