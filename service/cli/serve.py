"""`wordtone serve`: the HTTP service."""

from __future__ import annotations

import ipaddress

import click

from schemas.errors import SettingsError
from schemas.settings import Settings


@click.command("serve")
@click.option("--host", help="Address to bind to; default WORDTONE_HOST, 127.0.0.1.")
@click.option("--port", type=click.IntRange(0, 65535), help="Default WORDTONE_PORT, 8000.")
@click.pass_obj
def command(settings: Settings, host: str | None, port: int | None) -> None:
    """Serve conditioning and the catalogue over HTTP; Ctrl-C stops it.

    Beyond loopback it starts only with a bearer token (WORDTONE_TOKEN).
    """
    import uvicorn

    from service.http.app import create_app

    host, port = host or settings.host, settings.port if port is None else port
    if not _is_loopback(host) and not settings.token:
        raise SettingsError(f"host {host} is not loopback: set WORDTONE_TOKEN to a secret first")
    click.echo(f"http://{host}:{port}", err=True)
    uvicorn.run(create_app(settings), host=host, port=port, log_level="warning")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
