"""Text of strangers on one line: titles, paths and details are whatever a file said."""

from __future__ import annotations

import unicodedata

# Cc: escape sequences and line ends; Cf: marks that reverse the direction of what follows; Cs: half
# characters, which cannot be encoded. Joiners and soft hyphens are Cf, too, and harmless to lose.
_UNPRINTABLE = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def printable(text: str, limit: int = 200) -> str:
    """`text` on one line, without control characters, at most `limit` characters long."""
    cut = text[: limit * 4]  # a title may hold megabytes
    kept = "".join(
        " " if char.isspace() else char
        for char in cut
        if char.isspace() or unicodedata.category(char) not in _UNPRINTABLE
    )
    joined = " ".join(kept.split())
    return joined if len(joined) <= limit else joined[: limit - 1] + "…"


def tail(text: str, limit: int) -> str:
    """`printable`, but of a long text the end is kept: of a path, the name of the file."""
    whole = printable(text[-limit * 4 :], limit * 4)
    return whole if len(whole) <= limit else "…" + whole[1 - limit :]
