"""A seeded sample of the benchmark's corpus through real workers: each ends as it may."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from benchmarks._robustness_attacks import SECRET
from benchmarks._robustness_corpus import QUICK, Listener, Size, corpus, sample
from benchmarks._robustness_run import Ending, Pool, breaches_of_secrecy
from pipelines.audio.isolate import Limits
from schemas.outcomes import Outcome

LIMITS = Limits(memory_mb=4096, cpu_s=60.0, wall_s=60.0)
HEAVY = ("bomb-silence", "bomb-too-long", "bomb-hole", "bomb-id3", "bomb-comments")
SAMPLED = 100


@pytest.fixture(scope="module")
def endings(tmp_path_factory: pytest.TempPathFactory) -> list[Ending]:
    folder = tmp_path_factory.mktemp("corpus")
    with Listener() as listener:
        cases = [
            case for case in corpus(folder, listener.port, QUICK) if not case.name.startswith(HEAVY)
        ]
        found = Pool(folder, LIMITS).run(sample(cases, SAMPLED))
        assert listener.calls == 0, "a file made a decoder connect to a host"
    return breaches_of_secrecy(found, folder / SECRET)


def test_every_file_ends_as_it_may(endings: list[Ending]) -> None:
    assert len(endings) == SAMPLED
    faults = [f"{e.case.name}: {fault}" for e in endings for fault in e.faults]
    assert not faults
    assert not any(ending.crashed_parent for ending in endings)


def test_the_sample_holds_of_everything(endings: list[Ending]) -> None:
    """A sample in which nothing is refused, or nothing kept, would prove nothing."""
    outcomes = Counter(ending.outcome for ending in endings)
    assert min(outcomes[o] for o in (Outcome.ACCEPTED, Outcome.PARTIAL, Outcome.REJECTED)) > 5
    kinds = {ending.case.kind for ending in endings}
    assert kinds > {"truncated", "flipped", "header", "attack", "lies", "odd sound", "path"}


def test_the_full_corpus_is_as_large_as_is_said(tmp_path: Path) -> None:
    names = [case.name for case in corpus(tmp_path, 9, Size())]
    assert len(names) >= 2_000
    assert len(set(names)) == len(names)
