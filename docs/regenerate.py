"""Rewrites what the documents take from the program; the tests check that nothing is stale.

    ./dev docs

- README.md, docs/tutorial.md: the output of every ```console block, run on the catalogue that
  `./dev demo` makes
- docs/cli.md: the help of every command
- docs/http.md: every path of the service
- docs/settings.md: every setting
- docs/features.md, docs/payloads.md, docs/warehouse.md: their generated tables
- client/: the OpenAPI document of the service, and its types
"""

from __future__ import annotations

import dataclasses
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from docs import client_types, feature_tables, http_tables, payload_tables, warehouse_tables
from schemas.settings import PREFIX, Settings
from service.cli.main import COMMANDS

ROOT = Path(__file__).parents[1]
DEMO_HOME = ROOT / ".wordtone" / "demo"
_BLOCK = re.compile(r"```console\n\$ (?P<command>[^\n]+)\n(?P<output>.*?)```", re.S)


def run(command: str, home: Path) -> str:
    """What `wordtone …` or `./dev …` prints, with the demo's catalogue and where that was made."""
    program, *arguments = shlex.split(command)
    path = {"wordtone": str(Path(sys.executable).with_name("wordtone")), "./dev": str(ROOT / "dev")}
    kept = {k: v for k, v in os.environ.items() if not k.startswith("WORDTONE_")}
    environ = {**kept, "WORDTONE_HOME": str(home), "COLUMNS": "100"}
    done = subprocess.run(
        [path[program], *arguments],
        env=environ,
        cwd=home.parents[1] if program == "wordtone" else ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def console_blocks(text: str) -> list[tuple[str, str]]:
    """Command and documented output of every console block that runs one of our programs."""
    found = [(m["command"], m["output"]) for m in _BLOCK.finditer(text)]
    return [(command, output) for command, output in found if _runs(command)]


def _runs(command: str) -> bool:
    return command == "./dev" or command.startswith("wordtone ")


SHOWN = ("README.md", "docs/tutorial.md")
"""Documents that show what commands print on the demonstration's catalogue."""


def shown(text: str, home: Path) -> str:
    """A document with the output of its commands as it is now."""

    def renew(m: re.Match[str]) -> str:
        if not _runs(m["command"]):
            return m[0]
        return f"```console\n$ {m['command']}\n{run(m['command'], home)}```"

    return _BLOCK.sub(renew, text)


def cli(text: str) -> str:
    """docs/cli.md with the help of each command."""
    parts = [f"```text\n{run('wordtone --help', DEMO_HOME)}```"]
    parts += [
        f"## {name}\n\n```text\n{run(f'wordtone {name} --help', DEMO_HOME)}```" for name in COMMANDS
    ]
    return region(text, "cli", "\n\n".join(parts))


def settings(text: str) -> str:
    """docs/settings.md with a row for each setting."""
    rows = ["| variable | default | meaning |", "|---|---|---|"]
    for field in dataclasses.fields(Settings):
        default = f"`{field.default}`" if field.default not in ("", 0) else ""
        rows.append(
            f"| `{PREFIX}{field.name.upper()}` | {default} | {field.metadata['description']} |"
        )
    return region(text, "settings", "\n".join(rows))


def region(text: str, name: str, content: str) -> str:
    """`text` with what stands between the markers of `name` replaced."""
    begin, end = f"<!-- {name}:begin -->", f"<!-- {name}:end -->"
    head, _, rest = text.partition(begin)
    _, _, tail = rest.partition(end)
    if not rest or not tail:
        raise SystemExit(f"no region {name!r}")
    return f"{head}{begin}\n{content}\n{end}{tail}"


MAKERS: dict[str, Callable[[str], str]] = {
    "docs/cli.md": cli,
    "docs/settings.md": settings,
    "docs/features.md": lambda text: region(text, "features", f"\n{feature_tables.tables()}\n"),
    "docs/http.md": lambda text: region(text, "http", f"\n{http_tables.tables()}\n"),
    "docs/payloads.md": lambda text: region(text, "payloads", f"\n{payload_tables.tables()}\n"),
    "docs/warehouse.md": lambda text: region(text, "tables", f"\n{warehouse_tables.tables()}\n"),
    "client/openapi.json": lambda _: client_types.document(),
    "client/wordtone_client/models.py": lambda _: client_types.models(),
}
"""Documents that need no catalogue to be made."""


def main() -> None:
    """Rewrite every document in place."""
    makers: dict[str, Callable[[str], str]] = {
        **MAKERS,
        **dict.fromkeys(SHOWN, lambda text: shown(text, DEMO_HOME)),
    }
    for name, make in makers.items():
        path = ROOT / name
        before = path.read_text()
        after = make(before)
        path.write_text(after)
        print(f"{name}: {'rewritten' if after != before else 'as it was'}")


if __name__ == "__main__":
    main()
