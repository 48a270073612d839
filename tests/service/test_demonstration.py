"""`./dev demo` without its music: options, the renderer's end, ports, and the page at the end."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from schemas.errors import SettingsError
from service.demonstration.music import Rendering
from service.demonstration.serving import free_port, has_display

ROOT = Path(__file__).parents[2]


def demo(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "service.demonstration", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--tracks", "-1"), "valid is 0 … 10000"),
        (("--tracks", "5", "--music", "x"), "nothing is rendered beside --music"),
        (("--musik", "x"), "unrecognized arguments"),
    ],
)
def test_options_that_cannot_be(arguments: tuple[str, ...], says: str, tmp_path: Path) -> None:
    done = demo(tmp_path, *arguments)
    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_renderer_that_is_left_ends_with_all_it_started(tmp_path: Path) -> None:
    with Rendering(tmp_path / "rendered", 500) as rendering:
        assert rendering._process is not None
        group = rendering._process.pid
        deadline = time.monotonic() + 60
        while len(_members(group)) < 2:
            assert time.monotonic() < deadline, "it started no processes"
            time.sleep(0.1)
    deadline = time.monotonic() + 10
    while _members(group):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_nothing_is_rendered_twice(tmp_path: Path) -> None:
    for number in range(3):
        (tmp_path / f"{number}.json").touch()
    with Rendering(tmp_path, 3) as rendering:
        assert rendering._process is None
        assert rendering.wait() == tmp_path


def test_the_next_free_port() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert port < free_port(port) <= port + 50
    assert free_port(port) == port
    with socket.socket() as last:
        last.bind(("127.0.0.1", 65_535))
        last.listen()
        with pytest.raises(SettingsError, match="WORDTONE_PORT 65535"):
            free_port(65_535)


def test_a_browser_is_opened_where_it_can_be_seen() -> None:
    assert not has_display({}, "linux")
    assert has_display({"DISPLAY": ":0"}, "linux")
    assert has_display({"WAYLAND_DISPLAY": "w"}, "linux")
    assert has_display({}, "darwin")
    assert not has_display({"SSH_CONNECTION": "x"}, "darwin")


def test_the_page_is_served_until_ctrl_c(tmp_path: Path) -> None:
    """On a home that holds nothing; by SIGINT it ends with 0, and its service with it."""
    program = (
        "import sys; from pathlib import Path; from schemas.settings import Settings; "
        "from service.demonstration.serving import serve; "
        "sys.exit(serve(Settings(home=Path(sys.argv[1])), show=False))"
    )
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        command = program.replace("home=", f"port={port}, home=")
        with subprocess.Popen(
            [sys.executable, "-c", command, str(tmp_path)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as served:
            assert served.stdout is not None
            lines = iter(served.stdout.readline, "")
            said = next((line for line in lines if "The page:" in line), "nothing")
            address = re.search(r"http://127\.0\.0\.1:\d+", said)
            if address is not None:
                assert not address[0].endswith(f":{port}")
                assert httpx.get(f"{address[0]}/healthz", timeout=20).status_code == 200
            served.send_signal(signal.SIGINT)
            _, err = served.communicate(timeout=60)
    assert address is not None, err
    assert served.returncode == 0, err
    assert "Traceback" not in err
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{address[0]}/healthz", timeout=5)


def _members(group: int) -> list[int]:
    """Processes of a session that are alive; those that ended and wait to be read are not."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(stat[3]) == group and stat[0] != "Z":
                found.append(int(entry.name))
    return found
