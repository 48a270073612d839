"""Who is to be named: ATTRIBUTION.md for people, attributions.csv for programs.

As CC BY asks for: title, author, source, licence with its address, and where the statement stands.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from pathlib import Path
from typing import Any

from warehouse.lake import Lake
from warehouse.sqltext import sql_text

MARKDOWN, TABLE = "ATTRIBUTION.md", "attributions.csv"
_COLUMNS = (
    "track_id", "title", "artist", "album", "layer", "licence", "licence_url", "holder",
    "evidence", "source", "raw", "uri",
)  # fmt: skip
_CC = re.compile(r"CC-((?:BY|NC|SA|ND|-)+)-(\d\.\d)(?:-([A-Z]{2,3}))?")
_ID = re.compile(r"[A-Za-z0-9.+-]+")
_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+!|<>~])")


def write_attributions(lake: Lake, folder: Path) -> dict[str, int]:
    """Write both files for the registered table `chosen`.

    Returns tracks by licence, the commonest first; a track with two licences counts in both.
    """
    licences: Counter[str] = Counter()
    with (
        (folder / TABLE).open("w", encoding="utf-8", newline="") as table,
        (folder / MARKDOWN).open("w", encoding="utf-8") as text,
    ):
        writer = csv.writer(table, lineterminator="\n")
        writer.writerow(_COLUMNS)
        text.write("# Attribution\n\nThe music of this export, who made it, and its licences.\n\n")
        last: str | None = None
        named: set[str] = set()
        for batch in lake.stream(sql_text("export", "attributions")):
            for row in batch.to_pylist():
                row |= {"licence": row["spdx"], "licence_url": licence_url(row["spdx"])}
                writer.writerow([_guarded(row[name]) for name in _COLUMNS])
                if row["track_id"] != last:
                    text.write(f"- {_work(row)}\n")
                    named = set()
                text.write(f"  - {_statement(row)}\n")
                last, licence = row["track_id"], row["spdx"] or "unknown"
                licences[licence] += licence not in named
                named.add(licence)
    return dict(licences.most_common())


def licence_url(spdx: str | None) -> str | None:
    """Address of a licence's text; None for several licences, or one that SPDX does not list."""
    if spdx is None or _ID.fullmatch(spdx) is None or spdx.startswith("LicenseRef-"):
        return None
    if match := _CC.fullmatch(spdx):
        kind, version, port = match.groups()
        tail = f"{port.lower()}/" if port else ""
        return f"https://creativecommons.org/licenses/{kind.lower()}/{version}/{tail}"
    if spdx == "CC0-1.0":
        return "https://creativecommons.org/publicdomain/zero/1.0/"
    return f"https://spdx.org/licenses/{spdx}.html"


def _work(row: dict[str, Any]) -> str:
    title = _plain(row["title"]) or _plain((row["uri"] or "").rsplit("/", 1)[-1]) or "(untitled)"
    by = f" by {_plain(row['artist'])}" if row["artist"] else ""
    album = f", from {_plain(row['album'])}" if row["album"] else ""
    return f"**{title}**{by}{album}"


def _statement(row: dict[str, Any]) -> str:
    if row["layer"] is None:
        return "no licence stated"
    licence = _plain(row["spdx"] or row["raw"])[:300]
    if row["licence_url"]:
        licence = f"[{licence}]({row['licence_url']})"
    holder = f"; © {_plain(row['holder'])}" if row["holder"] else ""
    return f"{row['layer']}: {licence}{holder}; stated in {_plain(row['evidence'])}"


def _plain(text: str | None) -> str:
    """One line, with what Markdown would read as mark-up escaped."""
    return _SPECIAL.sub(r"\\\1", " ".join((text or "").split()))


def _guarded(value: object) -> object:
    if isinstance(value, str) and value[:1] in tuple("=+-@\t\r"):
        return f"'{value}"
    return value
