"""`wordtone token`: a new secret for a caller of the service."""

from __future__ import annotations

import re
import secrets

import click

from schemas.errors import InputError

_SCOPES = ("read", "condition", "generate", "review", "query", "metrics")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,39}")


@click.command("token")
@click.argument("name")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    required=True,
    type=click.Choice(_SCOPES),
    help="What it is good for. Repeatable.",
)
def command(name: str, scopes: tuple[str, ...]) -> None:
    """Make a secret for NAME: it goes to standard error, once; its entry to standard output.

    The entry holds a digest, from which nobody can find the secret.

    \b
    wordtone token radio --scope read --scope condition >> tokens.toml
    WORDTONE_TOKENS_FILE=tokens.toml wordtone serve --host 0.0.0.0
    """
    from service.http.shell.tokens import digest_of

    if not _NAME.fullmatch(name):
        raise InputError(f"NAME {name!r}: valid is a letter, then letters, digits, - and _, to 40")
    secret = secrets.token_urlsafe(32)
    listed = ", ".join(f'"{scope}"' for scope in dict.fromkeys(scopes))
    click.echo(f'[{name}]\nsha256 = "{digest_of(secret).hex()}"\nscopes = [{listed}]\n')
    click.echo(f"the secret of {name}, which is kept nowhere: {secret}", err=True)
