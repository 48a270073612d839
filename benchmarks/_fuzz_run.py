"""One run of Schemathesis against a service with a token, on a home that holds something."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks._service_server import Served
from schemas.errors import WordtoneError
from schemas.settings import Settings

TOKEN = "fuzz-0123456789abcdef"  # noqa: S105  of a service that lives for one run
STREAM = "/events$"
"""Left out: a stream that lasts as long as its job; tests/service/test_jobs.py reads it."""
REPLACED = "positive_data_acceptance"
"""See `_fuzz_checks.refused_by_meaning_alone`."""


@dataclass(frozen=True, slots=True)
class Fuzzing:
    """How much: examples an operation, seconds in all; `operations`: a pattern of paths."""

    examples: int
    seconds: int
    seed: int = 1
    operations: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """Requests that were made, violations in words, and the whole report."""

    requests: int
    violations: tuple[str, ...]
    report: str


def stocked(home: Path, music: Path, tracks: int = 3) -> Settings:
    """A home with rendered tracks taken in."""
    from generation.catalogue.rendering import render_catalogue
    from pipelines.ingest import ingest

    render_catalogue(music, tracks, workers=1)
    settings = Settings(home=home, workers=1)
    ingest(settings, [music])
    return settings


def fuzz(folder: Path, home: Path, how: Fuzzing) -> Found:
    """Fuzz a service on `home`, which is changed. Raises WordtoneError where nothing was tested."""
    with Served(folder, _command(), _environment(home)) as served:
        served.until_answered("/healthz")
        _make(served)
        address = f"http://127.0.0.1:{served.port}/openapi.json"
        done = subprocess.run(
            _schemathesis(address, how),
            cwd=folder,  # where it keeps what it notes down
            env={
                **os.environ,
                "SCHEMATHESIS_HOOKS": "_fuzz_checks",
                "PYTHONPATH": str(Path(__file__).parent),
            },
            capture_output=True,
            text=True,
            check=False,
        )
    report = done.stdout + done.stderr
    found = _violations(report)
    if done.returncode not in (0, 1) or (done.returncode == 1 and not found):
        raise WordtoneError(f"schemathesis ended with {done.returncode}: {report[-3000:]}")
    return Found(_requests(report), found, report)


def _command() -> list[str]:
    return [str(Path(sys.executable).with_name("wordtone")), "serve", "--port", "0"]


def _environment(home: Path) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("WORDTONE_")}
    ours = {"WORDTONE_HOME": str(home), "WORDTONE_TOKEN": TOKEN, "WORDTONE_QUEUED_JOBS": "2"}
    return kept | ours


def _schemathesis(address: str, how: Fuzzing) -> Sequence[str]:
    chosen = ("--include-path-regex", how.operations) if how.operations else ()
    return (
        str(Path(sys.executable).with_name("schemathesis")),
        *("run", address, "--header", f"Authorization: Bearer {TOKEN}"),
        *("--phases", "examples,coverage,fuzzing", "--max-examples", str(how.examples)),
        *("--seed", str(how.seed), "--max-time", str(how.seconds), "--generation-database", "none"),
        *("--exclude-path-regex", STREAM, "--exclude-checks", REPLACED, *chosen),
        *("--request-timeout", "60", "--continue-on-failure", "--no-color"),
    )


def _make(served: Served) -> None:
    """A piece and a review of it, so that there is something to ask for."""
    import httpx

    with httpx.Client(
        base_url=f"http://127.0.0.1:{served.port}",
        headers={"Authorization": f"Bearer {TOKEN}"},
        timeout=60,
    ) as client:
        question = {"question": {"prompt": "techno", "duration_s": 4}, "seed": 1}
        where = client.post("/v1/generate", json=question).raise_for_status().headers["location"]
        job: dict[str, Any] = client.get(where).json()
        while job["state"] in ("queued", "running"):
            time.sleep(0.2)
            job = client.get(where).json()
        if job["state"] != "done":
            raise WordtoneError(f"the piece to ask for was not made: {json.dumps(job)}")
        said = {"generation_id": job["generation_id"], "rating": 0.5}
        client.post("/v1/reviews", json=said).raise_for_status()


def _violations(report: str) -> tuple[str, ...]:
    """Each finding with the operation that it is of."""
    found: list[str] = []
    operation = ""
    for line in report.splitlines():
        if line.startswith("____"):
            operation = line.strip("_ ")
        elif line.startswith("- ST"):
            found.append(f"{operation}: {line.removeprefix('- ')}")
    return tuple(found)


def _requests(report: str) -> int:
    found = re.search(r"^\s*(\d+) generated", report, re.MULTILINE)
    return int(found[1]) if found else 0
