"""NAME.json beside NAME.ogg: what a person or a program wrote about one recording.

    {"title": "…", "artist": "…", "album": "…", "date": "2009-03-01", "genre": ["…"],
     "mood": ["…"], "instrument": ["…"], "tags": ["…"], "composer": "…", "language": "…",
     "description": "…", "license": "CC-BY-4.0", "copyright": "2009 …", "origin": "recording"}

Every key is optional; a list may be given as one string. A key that is not in this list, or a
value of the wrong type, is reported and the rest is read.
"""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

from pipelines.sources.fields import Gathered
from pipelines.sources.targets import LISTS, ORIGIN, TEXTS, take_origin

MAX_BYTES = 1 << 20
_KEYS = (*TEXTS, *LISTS, ORIGIN)


def read_sidecar(path: Path, gathered: Gathered) -> None:
    """Add what the JSON file beside `path` says, if there is one."""
    beside = path.with_suffix(".json")
    name = beside.name.encode("utf-8", "backslashreplace").decode()
    try:
        if not stat.S_ISREG(beside.stat().st_mode):  # a pipe would never end
            return
        with beside.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except FileNotFoundError:
        return
    except OSError as error:
        gathered.problems.append(f"{name}: cannot be read: {error.strerror}")
        return
    if len(data) > MAX_BYTES:
        gathered.problems.append(f"{name}: larger than {MAX_BYTES} bytes: not read")
        return
    try:
        content = json.loads(data)
    except (ValueError, RecursionError) as error:
        gathered.problems.append(f"{name}: not valid JSON ({str(error)[:120]})")
        return
    if not isinstance(content, dict):
        gathered.problems.append(f"{name}: holds no object; valid keys: {', '.join(_KEYS)}")
        return
    for key, value in content.items():
        _take(key, value, name, gathered)


def _take(key: str, value: Any, name: str, gathered: Gathered) -> None:
    if value is None:
        return
    if key == ORIGIN:
        take_origin(value, name, gathered)
    elif key not in _KEYS:
        gathered.problems.append(f"{name}: unknown key {key[:60]!r}; valid: {', '.join(_KEYS)}")
    elif isinstance(value, str):
        gathered.add({**TEXTS, **LISTS}[key], f"sidecar:{key}", [value])
    elif key in LISTS and isinstance(value, list) and all(isinstance(v, str) for v in value):
        gathered.add(LISTS[key], f"sidecar:{key}", value)
    else:
        valid = "text or a list of texts" if key in LISTS else "text"
        gathered.problems.append(f"{name}: {key} is {type(value).__name__}; valid is {valid}")
