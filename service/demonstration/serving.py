"""The end of the demonstration: the service on its home, and the page in a browser."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request

from schemas.errors import SettingsError
from schemas.settings import Settings

_MOST_PORTS = 50
_START_S = 60.0
_END_S = 30.0
_LOOK_S = 0.1


def serve(settings: Settings, *, show: bool) -> int:
    """Serve until Ctrl-C; 0 then. `show`: open the page where there is a display.

    Raises
    ------
    SettingsError
        When no port near the one of the settings is free.
    """
    port = free_port(settings.port)
    address = f"http://127.0.0.1:{port}"
    service = _started(settings, port)
    threading.Thread(target=_pass_on, args=(service, address), daemon=True).start()
    try:
        if not _answers(address, service):
            print("demo: the service did not start; the lines above say why", file=sys.stderr)
            return 1
        if port != settings.port:
            print(f"port {settings.port} is taken, so:")
        print(f"\nThe page: {address}   (Ctrl-C stops it)", flush=True)
        if show and has_display(os.environ, sys.platform):
            _open(address)
        return 1 if service.wait() else 0
    except KeyboardInterrupt:
        print("\nstopping …", flush=True)
        return 0
    finally:
        _end(service)


def free_port(first: int) -> int:
    """`first`, or the next that nobody listens on. Raises SettingsError when none is free."""
    last = min(first + _MOST_PORTS, 65_535)
    for port in range(first, last + 1):
        with socket.socket() as probe:
            # As the service binds: one that has just been left is free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with contextlib.suppress(OSError):
                probe.bind(("127.0.0.1", port))
                return int(probe.getsockname()[1])
    raise SettingsError(f"WORDTONE_PORT {first}: neither it nor any up to {last} is free")


def has_display(environ: os._Environ[str] | dict[str, str], platform: str) -> bool:
    """Whether a browser window could be seen by whoever started this."""
    if platform in ("darwin", "win32"):
        return "SSH_CONNECTION" not in environ
    return bool(environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"))


def _started(settings: Settings, port: int) -> subprocess.Popen[str]:
    """A process of its own, in its own session: what Ctrl-C means is decided here alone."""
    program = "import sys; from service.cli.main import main; sys.exit(main())"
    kept = {**os.environ, "WORDTONE_HOME": str(settings.home_path)}
    return subprocess.Popen(
        [sys.executable, "-c", program, "serve", "--host", "127.0.0.1", "--port", str(port)],
        env=kept,
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def _pass_on(service: subprocess.Popen[str], address: str) -> None:
    """What the service says, but its address, which is told in other words."""
    assert service.stderr is not None
    for line in service.stderr:
        if line.strip() != address:
            sys.stderr.write(line)


def _answers(address: str, service: subprocess.Popen[str]) -> bool:
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline and service.poll() is None:
        with (
            contextlib.suppress(OSError),  # not yet
            # The scheme is ours: http, on this machine.
            urllib.request.urlopen(f"{address}/healthz", timeout=5) as answer,  # noqa: S310
        ):
            return bool(answer.status == 200)
        time.sleep(_LOOK_S)
    return False


def _open(address: str) -> None:
    import webbrowser

    with contextlib.suppress(webbrowser.Error):
        webbrowser.open(address)


def _end(service: subprocess.Popen[str]) -> None:
    """Politely, and then for all that it started."""
    if service.poll() is None:
        with contextlib.suppress(KeyboardInterrupt, subprocess.TimeoutExpired):
            service.terminate()
            service.wait(_END_S)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(service.pid, signal.SIGKILL)
    service.wait()
