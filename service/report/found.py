"""Findings of `search` and `similar` as lines for a person: 80 columns, two lines a track."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

_WIDTH = 80


def search_text(table: pa.Table) -> str:
    """Hits: what each is called, then why it was found."""
    rows = table.to_pylist()
    if not rows:
        return "nothing found\n"
    lines = []
    for row in rows:
        lines.append(_name(row))
        why = [f"words: {', '.join(row['words'])}"] if row["words"] else []
        if row["similarity"] is not None:
            why.append(f"meaning {row['similarity']:.2f}")
        lines.append(_cut("    " + " · ".join([*_facts(row), *why])))
    return "\n".join(lines) + "\n"


def similar_text(table: pa.Table) -> str:
    """Neighbours: what each is called, then how far it is and why."""
    rows = table.to_pylist()
    if not rows:
        return "nothing found\n"
    lines = []
    for row in rows:
        lines.append(_name(row))
        parts = [f"distance {row['distance']:.2f}"]
        for label, name in (("features", "features"), ("words", "words")):
            if row[name] is not None:
                parts.append(f"{label} {row[name]:.2f}")
        lines.append(_cut("    " + " · ".join([*parts, *_facts(row)])))
        why = [f"near: {', '.join(row['near'])}"] if row["near"] else []
        why += [f"far: {', '.join(row['far'])}"] if row["far"] else []
        if why:
            lines.append(_cut("    " + " · ".join(why)))
    return "\n".join(lines) + "\n"


def _name(row: dict[str, Any]) -> str:
    title = row["title"] or (row["uri"] or "").rsplit("/", 1)[-1] or "(untitled)"
    by = f" – {row['artist']}" if row["artist"] else ""
    number = f"{row['rank']:>3} "
    space = _WIDTH - len(number) - len(row["track_id"]) - 2
    return f"{number}{_cut(title + by, space):<{space}}  {row['track_id']}"


def _facts(row: dict[str, Any]) -> list[str]:
    facts = []
    if row["tempo_bpm"] is not None:
        facts.append(f"{row['tempo_bpm']:.0f} BPM")
    if row["key"]:
        facts.append(row["key"])
    facts.append(_cut(row["licence"], 24) if row["licence"] else "licence unknown")
    return facts


def _cut(text: str, width: int = _WIDTH) -> str:
    line = "".join(c if c.isprintable() else " " for c in text)
    line = line[: len(line) - len(line.lstrip())] + " ".join(line.split())
    return line if len(line) <= width else line[: width - 1] + "…"
