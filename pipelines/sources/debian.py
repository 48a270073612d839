"""Real, freely licensed music for the demonstration, out of Debian packages.

demo.toml lists the packages and which of their files are music. Of each package the music, the
copyright file and a note (wordtone-package.json: name, version, description, homepage, what the
listing adds) are kept under cache/music/PACKAGE, laid out as in the package; the rest is thrown
away, so that a game's shots and explosions do not end up in a music catalogue.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import time
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from pipelines.sources.apt import Apt
from pipelines.sources.package import INFO_FILE
from schemas.errors import SourceUnavailable

LISTING = Path(__file__).with_name("demo.toml")
_MARKER = "demo-music.json"


@dataclass(frozen=True, slots=True)
class DemoMusic:
    """What there is: `folder` to ingest, its recordings and their size in bytes.

    `missing` are listed packages that could not be had; a later call tries them again.
    """

    folder: Path
    tracks: int
    bytes: int
    packages: tuple[str, ...]
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """One package of the listing; `notes` and `files` as in demo.toml."""

    name: str
    keep: tuple[str, ...]
    drop: tuple[str, ...] = ()
    notes: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def is_music(self, inside: str) -> bool:
        """Whether the file at `inside` (its path in the package) is kept."""
        kept = any(fnmatchcase(inside, pattern) for pattern in self.keep)
        return kept and not any(fnmatchcase(inside, pattern) for pattern in self.drop)


def read_listing(path: Path = LISTING) -> tuple[Wanted, ...]:
    """The packages that a listing names."""
    return tuple(
        Wanted(
            name=entry["name"],
            keep=tuple(entry["keep"]),
            drop=tuple(entry.get("drop", ())),
            notes={
                key: entry[key]
                for key in ("artist", "genre", "mood", "instrument", "basis")
                if key in entry
            },
            files=entry.get("files", {}),
        )
        for entry in tomllib.loads(path.read_text(encoding="utf-8"))["packages"]
    )


def fetch_demo_music(
    cache: Path,
    progress: Callable[[str], None],
    timeout_s: float = 600.0,
    listing: Path = LISTING,
) -> DemoMusic:
    """Download and unpack the demonstration's music into `cache`; nothing is done twice.

    Parameters
    ----------
    cache : Path
        Folder of ours, made if need be. What an earlier call left there is used again when it is
        whole (marker file with the listing's hash, and every file's size).
    progress : callable
        Told one sentence a package.
    timeout_s : float
        For everything together, s.

    Raises
    ------
    SourceUnavailable
        When not one package can be had: no apt-get, no network, no time. The message has the
        reason of the first failure.
    """
    music, marker = cache / "music", cache / _MARKER
    digest = hashlib.sha256(listing.read_bytes()).hexdigest()
    done = _completed(marker, music, digest)
    wanted = read_listing(listing)
    failures: dict[str, str] = {}
    todo = [package for package in wanted if package.name not in done]
    if todo:
        cache.mkdir(parents=True, exist_ok=True)
        apt = Apt(cache / "apt", time.monotonic() + timeout_s)
    for package in todo:
        try:
            done[package.name] = _fetch(package, apt, music, progress)
        except SourceUnavailable as error:
            failures[package.name] = str(error)
            progress(f"{package.name}: {error}")
        _write(marker, {"listing": digest, "packages": done})
    if not done:
        raise SourceUnavailable(f"no demo music: {next(iter(failures.values()))}")
    shutil.rmtree(cache / "apt", ignore_errors=True)
    sizes = [size for package in done.values() for size in package["files"].values()]
    return DemoMusic(music, len(sizes), sum(sizes), tuple(done), tuple(failures))


def _completed(marker: Path, music: Path, digest: str) -> dict[str, Any]:
    """Packages of an earlier call that are still whole, by name."""
    try:
        noted = json.loads(marker.read_bytes())
        if noted["listing"] != digest:
            return {}
        return {
            name: package
            for name, package in noted["packages"].items()
            if all(
                (music / name / inside).stat().st_size == size
                for inside, size in package["files"].items()
            )
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _fetch(
    package: Wanted, apt: Apt, music: Path, progress: Callable[[str], None]
) -> dict[str, Any]:
    """Download, unpack and keep one package; returns its entry of the marker."""
    deb = apt.download(package.name, apt.folder / "debs")
    tree = apt.folder / "unpacked"
    shutil.rmtree(tree, ignore_errors=True)
    apt.unpack(deb, tree)
    control = apt.control(deb)
    partial = music / f".{package.name}.partial"
    shutil.rmtree(partial, ignore_errors=True)
    files = _keep_music(package, tree, partial)
    if not files:
        raise SourceUnavailable(f"{package.name} {control['version']}: none of its files is music")
    _write(partial / INFO_FILE, {**control, "licence_file": _licence(package), **package.notes})
    shutil.rmtree(music / package.name, ignore_errors=True)
    partial.rename(music / package.name)
    size, digest = deb.stat().st_size, hashlib.sha256(deb.read_bytes()).hexdigest()
    shutil.rmtree(tree)
    deb.unlink()
    progress(f"{package.name} {control['version']}: {size / 1e6:.1f} MB, {len(files)} recordings")
    return {"version": control["version"], "sha256": digest, "files": files}


def _keep_music(package: Wanted, tree: Path, into: Path) -> dict[str, int]:
    """Move music and copyright file from `tree` to `into`; sizes by path in the package."""
    files = {}
    for path in sorted(tree.rglob("*")):
        inside = path.relative_to(tree).as_posix()
        if path.is_symlink() or not path.is_file():
            continue
        music = package.is_music(inside)
        if not music and inside != _licence(package):
            continue
        target = into / inside
        target.parent.mkdir(parents=True, exist_ok=True)
        path.rename(target)
        if music:
            files[inside] = target.stat().st_size
            if target.name in package.files:
                _write(target.with_suffix(".json"), package.files[target.name])
    return files


def _licence(package: Wanted) -> str:
    return f"usr/share/doc/{package.name}/copyright"


def _write(path: Path, content: Mapping[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    whole = path.with_name(f".{path.name}.new")
    whole.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    whole.replace(path)
