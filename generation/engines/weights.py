"""Which weights an engine runs on: where they lie, what they are, under which licence.

A folder as `save_pretrained` writes it, or an id of the model hub, whose files are then looked for
in the hub's own cache and fetched only when that is allowed. Only safetensors are read: a `.bin` or
`.ckpt` is a pickle, and opening one runs whatever it holds.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from schemas.errors import GenerationError, InputError
from schemas.generation import Weights

UNKNOWN_LICENCE = "LicenseRef-Unknown"
STABILITY = "LicenseRef-Stability-AI-Community"
HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}")
_BESIDE = ("*.json", "*.txt", "*.model", "README.md")
_PICKLES = ("*.bin", "*.ckpt", "*.pt", "*.pth", "*.pkl")

# Licences by the start of an id, as the cards of these models state them.
_KNOWN = (
    ("facebook/musicgen", "CC-BY-NC-4.0"),
    ("stabilityai/stable-audio", STABILITY),
    ("ACE-Step/", "MIT"),
)
# The hub's names of licences that are not SPDX's in lower case.
_SLUGS = {"stable-audio-community": STABILITY, "stabilityai-community": STABILITY}
_SPDX = {
    name.lower(): name
    for name in (
        "MIT", "Apache-2.0", "BSD-3-Clause", "GPL-3.0", "CC0-1.0", "CC-BY-4.0", "CC-BY-SA-4.0",
        "CC-BY-NC-4.0", "CC-BY-NC-SA-4.0", "CC-BY-NC-ND-4.0",
    )
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Loading:
    """How an engine's weights are had and run.

    Attributes
    ----------
    weights : a folder, or an id of the model hub such as "facebook/musicgen-small"
    download : whether the hub may be asked; else only its cache on this machine
    device : "auto" (cuda, then mps, then cpu) or as torch names it
    dtype : "auto" (half precision on cuda, else float32), "float32", "float16" or "bfloat16"
    """

    weights: str
    download: bool = False
    device: str = "auto"
    dtype: str = "auto"


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What a folder must be for an engine: which file names its class, and with which values."""

    index: Literal["model_index.json", "config.json"]
    field: str
    values: tuple[str, ...]
    example: str
    """A hub id that would do, for the message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Located:
    """Weights on this machine. `digest` tells them from any others (see `digest_of`)."""

    folder: Path
    weights: Weights
    digest: str
    note: str


def locate(loading: Loading, expected: Expected) -> Located:
    """The folder of the weights, checked to be what the engine can load.

    Raises
    ------
    InputError
        `weights` is neither a folder nor a hub id.
    GenerationError
        It lacks files, holds another model or pickles alone, or cannot be had from the hub.
    """
    given = Path(loading.weights).expanduser()
    if loading.weights.strip() and given.is_dir():
        folder, hub_id = given, None
    elif HUB_ID.fullmatch(loading.weights) and not given.exists():
        folder, hub_id = _from_hub(loading, expected), loading.weights
    else:
        raise InputError(
            f"weights: {loading.weights!r} is neither a folder nor an id such as {expected.example}"
        )
    index = _checked(folder, expected)
    name = hub_id or str(index.get("_name_or_path") or "")
    if not HUB_ID.fullmatch(name):
        name = ""
    licence, said = _licence(folder, name)
    digest = digest_of(folder)
    return Located(
        folder=folder,
        weights=Weights(id=name or f"{folder.resolve().name}@{digest[:12]}", licence=licence),
        digest=digest,
        note=f"weights {name or folder.resolve().name}: licence {licence} ({said})",
    )


def digest_of(folder: Path) -> str:
    """SHA-256 over names, sizes and the first MiB of the safetensors that are loaded.

    The first MiB holds a file's whole header and its first tensors: enough to tell one training
    from another, and fast where a file has gigabytes. Settings beside them may be changed.
    """
    found = hashlib.sha256()
    for path in sorted(folder.glob(_tensors((folder / "model_index.json").is_file()))):
        with path.open("rb") as file:
            start = hashlib.sha256(file.read(1 << 20)).hexdigest()
        found.update(f"{path.relative_to(folder)}|{path.stat().st_size}|{start}\n".encode())
    return found.hexdigest()


def _tensors(pipeline: bool) -> str:
    """A pipeline's weights are in folders of its parts; beside them, some repositories keep the
    same once more for other programs."""
    return "*/*.safetensors" if pipeline else "*.safetensors"


def _checked(folder: Path, expected: Expected) -> dict[str, Any]:
    path = folder / expected.index
    needed = (
        f"a folder as save_pretrained writes it, with {expected.index} "
        f"({expected.field}: {' or '.join(expected.values)}) and .safetensors; such as that of "
        f"{expected.example}"
    )
    try:
        index = json.loads(path.read_text(encoding="utf-8"))
        found = index[expected.field]
    except FileNotFoundError as error:
        raise GenerationError(f"{folder}: no {expected.index}; needed is {needed}") from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise GenerationError(f"{path}: cannot be read ({error}); needed is {needed}") from error
    if found not in expected.values:
        raise GenerationError(
            f"{path}: {expected.field} is {str(found)[:80]!r}; needed is {needed}"
        )
    pipeline = expected.index == "model_index.json"
    if not any(folder.glob(_tensors(pipeline))):
        pickled = sorted(p.name for kind in _PICKLES for p in folder.rglob(kind))
        why = f"only {pickled[0]}, a pickle, which is never opened" if pickled else "none there"
        raise GenerationError(
            f"{folder}: no .safetensors ({why}); load the model elsewhere and write it with "
            "save_pretrained(…, safe_serialization=True)"
        )
    return dict(index)


def _from_hub(loading: Loading, expected: Expected) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import (
        GatedRepoError,
        HfHubHTTPError,
        LocalEntryNotFoundError,
        RepositoryNotFoundError,
    )

    name = loading.weights
    patterns = [*_BESIDE, _tensors(expected.index == "model_index.json")]
    try:
        return Path(
            snapshot_download(name, allow_patterns=patterns, local_files_only=not loading.download)
        )
    except GatedRepoError as error:
        raise GenerationError(
            f"{name}: its licence must be accepted on the model's page first; then log in with "
            "`hf auth login`, or name a folder"
        ) from error
    except RepositoryNotFoundError as error:
        raise GenerationError(
            f"{name}: the hub has no such model, or it is private; check the id, or name a folder"
        ) from error
    except LocalEntryNotFoundError as error:
        raise GenerationError(
            f"{name}: the hub could not be reached, and its cache here has no copy; try again, or "
            "name a folder"
            if loading.download
            else f"{name}: not in the hub's cache on this machine, and fetching is off; fetch it "
            f"with `hf download {name}` (gigabytes), allow it, or name a folder"
        ) from error
    except (HfHubHTTPError, OSError) as error:
        raise GenerationError(f"{name}: cannot be fetched ({_line(error)})") from error


def _licence(folder: Path, name: str) -> tuple[str, str]:
    """SPDX expression, and where it is from: the folder's own card, or known ids, or nowhere."""
    stated = _from_card(folder / "README.md")
    if stated:
        return stated, "stated by the model card in the folder"
    for start, licence in _KNOWN:
        if name.startswith(start):
            return licence, f"published for {start}…"
    return UNKNOWN_LICENCE, "nothing states one; do not publish what it makes before you know"


def _from_card(path: Path) -> str | None:
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            text = file.read(65_536)
    except OSError:
        return None
    head = re.match(r"\s*---\s*\n(.*?)\n---\s*\n", text, re.DOTALL)
    if not head:
        return None
    fields = dict(re.findall(r"^(license|license_name):\s*[\"']?([\w.-]+)", head[1], re.MULTILINE))
    slug = fields.get("license", "").lower()
    if slug in ("", "unknown"):
        return None
    if slug == "other":
        named = fields.get("license_name", "").lower()
        return _SLUGS.get(named) or (f"LicenseRef-{named}" if named else None)
    return _SPDX.get(slug) or _SLUGS.get(slug) or f"LicenseRef-{slug}"


def _line(error: BaseException) -> str:
    text = str(error).strip()
    return (text.splitlines() or [type(error).__name__])[0][:300]
