"""Settings, read once at the edge and passed down as a value.

Every setting is an environment variable WORDTONE_NAME; `wordtone doctor` and docs/settings.md
derive from the fields below. An unknown or misspelt WORDTONE_ variable is an error.
"""

from __future__ import annotations

import dataclasses
import difflib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from schemas.errors import SettingsError

PREFIX = "WORDTONE_"


def _setting(default: object, description: str, check: Callable[[Any], bool] | None = None) -> Any:
    metadata = {"description": description, "check": check}
    return dataclasses.field(default=default, metadata=metadata)


def _positive(value: float) -> bool:
    return value > 0


def _not_negative(value: float) -> bool:
    return value >= 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings. `Settings.from_env(os.environ)` reads them; the defaults serve one person."""

    home: Path = _setting(
        Path("~/.local/share/wordtone"), "folder that holds the warehouse, models and staging"
    )
    catalogue: str = _setting(
        "", "DuckLake catalogue: SQLite file, or postgres:…; empty: HOME/warehouse/catalogue.sqlite"
    )
    storage: str = _setting("", "folder or s3:// prefix of data files; empty: HOME/warehouse/data")
    workers: int = _setting(0, "analysis processes; 0: one a core", lambda n: n >= 0)
    chunk_files: int = _setting(0, "files a task; 0: by the size of the run", lambda n: n >= 0)
    file_timeout_s: float = _setting(900.0, "longest analysis of one file, s", _positive)
    worker_memory_mb: int = _setting(4096, "memory one analysis process may take, MB", _positive)
    max_duration_s: float = _setting(4 * 3600.0, "longest audio accepted, s", _positive)
    max_download_mb: int = _setting(2048, "largest file fetched from a remote, MB", _positive)
    http_allow: str = _setting(
        "", "hosts that may be fetched from: a.org, *.b.org, c.org:8443; empty: any public host"
    )
    encoder_path: str = _setting("", "folder with model.onnx and tokenizer.json; empty: packaged")
    vocabulary: str = _setting("", "TOML file of terms added to the vocabulary; empty: none")
    references: str = _setting(
        "features",
        "names in prompts: features (heard, not passed on), refuse or open (passed on)",
        lambda policy: policy in ("features", "refuse", "open"),
    )
    references_file: str = _setting(
        "", "TOML or JSON file of names that prompts may refer to; empty: the catalogue's alone"
    )
    tagger: str = _setting("", "model that fills the perceptual features; empty: none")
    host: str = _setting("127.0.0.1", "address the service binds to")
    port: int = _setting(8000, "port of the service", lambda n: 0 <= n <= 65535)
    token: str = _setting("", "bearer token; needed when the service is bound beyond loopback")
    tokens_file: str = _setting("", "TOML file of further tokens, with scopes; empty: none")
    requests_per_minute: int = _setting(
        0, "requests a minute that one caller may make of the service; 0: any number", _not_negative
    )
    cors: str = _setting(
        "", "origins whose pages may call the service: https://a.org, https://b.org; empty: none"
    )
    engines: str = _setting(
        "embedded", "engines that the service runs: ID or ID=WEIGHTS, separated by commas"
    )
    generation_workers: int = _setting(1, "processes that generate for the service", _positive)
    queued_jobs: int = _setting(20, "jobs that may wait in the service", _positive)
    job_timeout_s: float = _setting(900.0, "longest generation by the service, s", _positive)
    remote: str = _setting(
        "", "address of a service that commands ask instead of HOME; empty: HOME"
    )
    remote_token: str = _setting("", "bearer token that the service at WORDTONE_REMOTE needs")
    remote_insecure: bool = _setting(
        False, "let that token travel unencrypted (http) to another machine"
    )
    access_log: bool = _setting(
        False, "one JSON line a request on standard error; never a prompt, body or address"
    )

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Settings:
        """Read WORDTONE_* variables.

        Raises
        ------
        SettingsError
            For an unknown variable (with the nearest valid name), or a value of the wrong type or
            out of range.
        """
        fields = {PREFIX + f.name.upper(): f for f in dataclasses.fields(cls)}
        values: dict[str, Any] = {}
        for name in sorted(environ):
            if not name.startswith(PREFIX):
                continue
            if name not in fields:
                # Without the prefix that all share, which would make any two of them alike.
                plain = [known.removeprefix(PREFIX) for known in fields]
                near = difflib.get_close_matches(name.removeprefix(PREFIX), plain, 1)
                hint = f"did you mean {PREFIX}{near[0]}?" if near else f"valid: {', '.join(fields)}"
                raise SettingsError(f"{name}: no such setting; {hint}")
            field = fields[name]
            values[field.name] = _parse(name, environ[name], field)
        return cls(**values)

    @property
    def home_path(self) -> Path:
        return self.home.expanduser().absolute()

    @property
    def catalogue_location(self) -> str:
        """Path of the SQLite catalogue, or "postgres:" and a connection string."""
        return self.catalogue or str(self.home_path / "warehouse" / "catalogue.sqlite")

    @property
    def storage_location(self) -> str:
        return self.storage or str(self.home_path / "warehouse" / "data")

    @property
    def staging_path(self) -> Path:
        return self.home_path / "staging"

    @property
    def models_path(self) -> Path:
        return self.home_path / "models"

    @property
    def generations_path(self) -> Path:
        return self.home_path / "generations"

    @property
    def worker_count(self) -> int:
        return self.workers or cores()


def cores() -> int:
    """Cores that this process may use."""
    # A container or taskset may allow fewer cores than the machine has; macOS cannot say.
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _parse(name: str, text: str, field: dataclasses.Field[Any]) -> Any:
    kinds: dict[str, Callable[[str], Any]] = {
        "int": int,
        "float": float,
        "str": str,
        "Path": Path,
        "bool": _yes,
    }
    convert = kinds[str(field.type)]
    try:
        value = convert(text)
    except ValueError as error:
        raise SettingsError(f"{name}={text!r}: valid is {_article(str(field.type))}") from error
    check = field.metadata["check"]
    if check is not None and not check(value):
        raise SettingsError(f"{name}={text!r}: out of range ({field.metadata['description']})")
    return value


def _article(kind: str) -> str:
    return {"int": "a whole number", "float": "a number", "bool": "yes or no"}.get(kind, kind)


def _yes(text: str) -> bool:
    known = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
    if text.lower() not in known:
        raise ValueError(text)
    return known[text.lower()]
