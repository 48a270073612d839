"""`wordtone schedule`, as a person runs it: a real Prefect server starts what is due."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from schemas.settings import Settings
from warehouse.lake import Lake
from warehouse.location import Location

WORDTONE = str(Path(sys.executable).with_name("wordtone"))


def environ(settings: Settings, server: str | None) -> dict[str, str]:
    own = {k: v for k, v in os.environ.items() if k != "PREFECT_API_URL"}
    own |= {"WORDTONE_HOME": str(settings.home_path)}
    return own | ({"PREFECT_API_URL": server} if server else {})


def tracks(settings: Settings) -> int:
    with Lake.open(Location.from_settings(settings), read_only=True) as lake:
        return int(lake.query("SELECT count(*) AS n FROM tracks")["n"][0].as_py())


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_the_server_starts_the_ingest_when_it_is_due(
    settings: Settings, music: Path, prefect_server: str
) -> None:
    command = [WORDTONE, "schedule", str(music), "--cron", "* * * * *"]
    serving = subprocess.Popen(
        command, env=environ(settings, prefect_server), stdout=subprocess.PIPE, text=True
    )
    try:
        deadline = time.monotonic() + 300
        while tracks(settings) < 4 and time.monotonic() < deadline and serving.poll() is None:
            time.sleep(2)
        assert tracks(settings) == 4
    finally:
        serving.send_signal(signal.SIGINT)
        said, _ = serving.communicate(timeout=60)
    assert serving.returncode == 0
    assert str(music) in said
    assert "the schedule has ended" in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("arguments", "named"),
    [(("--cron", "whenever"), "'whenever'"), (("--timezone", "Mars/Base"), "named 'Mars/Base'")],
)
def test_a_time_that_cannot_be_read_is_named(
    settings: Settings, music: Path, prefect_server: str, arguments: tuple[str, str], named: str
) -> None:
    done = subprocess.run(
        [WORDTONE, "schedule", str(music), *arguments],
        env=environ(settings, prefect_server), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert named in done.stderr
    assert "Traceback" not in done.stderr


def test_without_a_server_it_says_what_is_needed(settings: Settings, music: Path) -> None:
    done = subprocess.run(
        [WORDTONE, "schedule", str(music)],
        env=environ(settings, None), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "PREFECT_API_URL" in done.stderr
    assert "docs/prefect.md" in done.stderr
