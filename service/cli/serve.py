"""`wordtone serve`: the HTTP service."""

from __future__ import annotations

import ipaddress
import logging
import sys

import click

from schemas.errors import SettingsError
from schemas.settings import Settings


@click.command("serve")
@click.option("--host", help="Address to bind to; default WORDTONE_HOST, 127.0.0.1.")
@click.option("--port", type=click.IntRange(0, 65535), help="Default WORDTONE_PORT, 8000.")
@click.pass_obj
def command(settings: Settings, host: str | None, port: int | None) -> None:
    """Serve conditioning and the catalogue over HTTP; Ctrl-C stops it.

    Beyond loopback it starts only with a bearer token (WORDTONE_TOKEN, or `wordtone token`).
    """
    from pipelines.features.threads import limit_threads
    from service.http.app import create_app
    from service.http.server import Server, listen

    host, port = host or settings.host, settings.port if port is None else port
    if not _is_loopback(host) and not (settings.token or settings.tokens_file):
        raise SettingsError(
            f"host {host} is not loopback: set WORDTONE_TOKEN to a secret first, or "
            "WORDTONE_TOKENS_FILE to what `wordtone token` makes"
        )
    listening = listen(host, port)
    # Answers are made side by side, and their products are small: threads of BLAS would wait for
    # each other, at twice the CPU time. What the service starts may have as many as it likes.
    limit_threads({})
    _log(settings)
    app = create_app(settings)
    # Port 0 is known only now. Whoever asks from here on is answered once it has started.
    port = listening.getsockname()[1]
    click.echo(f"http://{f'[{host}]' if ':' in host else host}:{port}", err=True)
    if not Server(app, app.state.runner).serve_on(listening):
        click.echo("wordtone: ended at once; jobs under way are left to the next service", err=True)
        sys.exit(1)


def _log(settings: Settings) -> None:
    """Faults always, one line a request where the settings ask for it; both on standard error."""
    shown = logging.StreamHandler()
    for name, level in (
        ("wordtone.faults", logging.ERROR),
        ("wordtone.access", logging.INFO if settings.access_log else logging.CRITICAL),
    ):
        logger = logging.getLogger(name)
        logger.addHandler(shown)
        logger.setLevel(level)
        logger.propagate = False


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
