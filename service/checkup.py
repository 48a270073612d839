"""What `wordtone doctor` looks at. A check never raises: what is wrong is its answer."""

from __future__ import annotations

import dataclasses
import platform
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Literal

from schemas.errors import WordtoneError
from schemas.settings import PREFIX, Settings
from service import compose

State = Literal["ok", "failed", "absent"]


@dataclass(frozen=True, slots=True)
class Check:
    """One answer; `absent` is something optional that is not installed or made yet."""

    what: str
    state: State
    found: str


def checks(settings: Settings) -> Iterator[Check]:
    """Look at the installation, part by part."""
    yield Check("wordtone", "ok", f"{version('wordtone')} on Python {platform.python_version()}")
    yield _check("warehouse engine", _engine)
    yield _check("audio decoders", _decoders)
    yield _check("text encoder", lambda: _encoder(settings))
    yield _check("tagger", lambda: _tagger(settings), "failed" if settings.tagger else "absent")
    yield _check("flow engine", lambda: f"prefect {version('prefect')}")
    yield _check("warehouse", lambda: _warehouse(settings), missing="absent")
    yield _check("mapping", lambda: _mapping(settings), missing="absent")
    yield _extra("encoders", "sentence-transformers")


def settings_table(settings: Settings) -> str:
    """Every setting with its value and meaning; a token is not shown."""
    lines = []
    for field in dataclasses.fields(settings):
        value = getattr(settings, field.name)
        shown = "(set)" if field.name in ("token", "remote_token") and value else str(value)
        name = PREFIX + field.name.upper()
        lines.append(f"{name:<28}{shown:<32}{field.metadata['description']}")
    return "\n".join(lines)


def _check(what: str, look: Callable[[], str], missing: State = "failed") -> Check:
    try:
        return Check(what, "ok", look())
    except WordtoneError as error:
        return Check(what, missing, str(error))
    except (ImportError, OSError, PackageNotFoundError) as error:
        return Check(what, "failed", f"{type(error).__name__}: {error}")


def _engine() -> str:
    from tempfile import TemporaryDirectory

    from warehouse.lake import Lake, Location

    with TemporaryDirectory() as folder:
        location = Location(f"{folder}/catalogue.sqlite", f"{folder}/data")
        with Lake.open(location) as lake:
            lake.query("SELECT 1")
    return f"duckdb {version('duckdb')} with DuckLake"


def _decoders() -> str:
    import av
    import soundfile

    libsndfile = str(soundfile.__libsndfile_version__)
    return f"libsndfile {libsndfile}, FFmpeg through PyAV {av.__version__}"


def _encoder(settings: Settings) -> str:
    from mapping.encoder import load_encoder
    from mapping.health import check_health

    encoder = load_encoder("minilm", settings.encoder_path)
    check_health(encoder)
    return f"{encoder.id}, {encoder.dimensions} dimensions"


def _tagger(settings: Settings) -> str:
    from pipelines.features.tagger.registry import TAGGERS, check_tagger

    names = [settings.tagger] if settings.tagger else list(TAGGERS)
    return "; ".join(check_tagger(name) for name in names)


def _warehouse(settings: Settings) -> str:
    from warehouse import queries

    with compose.open_lake(settings) as lake:
        totals = queries.status_totals(lake)
        return f"{totals['tracks']} tracks, snapshot {lake.current_snapshot()}"


def _mapping(settings: Settings) -> str:
    info = compose.load_mapping(settings).info
    return f"{info.model_id}, {info.trained_tracks} tracks"


def _extra(extra: str, package: str) -> Check:
    try:
        return Check(f"extra '{extra}'", "ok", f"{package} {version(package)}")
    except PackageNotFoundError:
        return Check(f"extra '{extra}'", "absent", f"{package} is not installed (optional)")
