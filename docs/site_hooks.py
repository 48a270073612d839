"""What the site does with pages that are also read in the repository.

A link to a file outside of docs/ leads somewhere in a clone, and nowhere on the site: there it is
shown as the file's name.
"""

from __future__ import annotations

import re
from typing import Any

_OUTSIDE = re.compile(r"\[([^\]]+)\]\(\.\./([^)\s]+)\)")


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Called by mkdocs with the text of each page."""
    return _OUTSIDE.sub(_named, markdown)


def _named(link: re.Match[str]) -> str:
    text, target = link[1], link[2]
    return f"`{target}`" if text.strip("`") == target else f"{text} (`{target}`)"
