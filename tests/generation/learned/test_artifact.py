"""A trained generator on disk: it comes back as it was, and nothing else is taken for it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from generation.learned import artifact
from generation.learned.artifact import Manifest, licence_of
from generation.learned.conditions import LEARNED
from generation.learned.symbolic.engine import LearnedSymbolic
from schemas.errors import GenerationError
from tests.generation.learned.pieces import SMALL, STYLES, untrained


def _manifest(**changes: Any) -> Manifest:
    given: dict[str, Any] = {
        "kind": "symbolic", "features": LEARNED, "styles": STYLES, "shape": SMALL.as_json(),
        "licence": "CC0-1.0", "licences": {"CC0-1.0": 3}, "tracks": ("a" * 22,),
    }  # fmt: skip
    return Manifest(**(given | changes))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "model"
    artifact.save(path, untrained(), _manifest())
    return path


def test_it_comes_back_as_it_was(folder: Path) -> None:
    engine = LearnedSymbolic.load(folder)
    assert engine.loaded.manifest == _manifest()
    for name, array in untrained().items():
        assert np.array_equal(engine.loaded.arrays[name], array)
    assert engine.manifest.weights_licence == "CC0-1.0"
    assert {path.suffix for path in folder.iterdir()} == {".json", ".safetensors"}


def _edited(change: Callable[[dict[str, Any]], object], resign: bool) -> Callable[[Path], None]:
    def edit(folder: Path) -> None:
        path = folder / artifact.MANIFEST
        record = json.loads(path.read_text())
        change(record)
        if resign:
            record["sha256"] = artifact._own_hash(record)
        path.write_text(json.dumps(record))

    return edit


def _flipped(folder: Path) -> None:
    path = folder / artifact.WEIGHTS
    content = bytearray(path.read_bytes())
    content[-3] ^= 1
    path.write_bytes(bytes(content))


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (_edited(lambda r: r.update(licence="MIT"), False), "sha256"),
        (_flipped, "weights.safetensors: sha256"),
        (_edited(lambda r: r.update(kind="audio"), True), "kind is 'audio'"),
        (_edited(lambda r: r.update(format=9), True), "format 9"),
        (_edited(lambda r: r["described"][0].update(version=99), True), "train again"),
        (_edited(lambda r: r["shape"].update(width=96), True), "of \\(10, 48\\)|its manifest says"),
        (_edited(lambda r: r["shape"].update(width=10**9), True), "width is 1000000000"),
        (_edited(lambda r: r["shape"].update(depth=3), True), "shape: .*depth"),
        (_edited(lambda r: r.pop("styles"), True), "styles"),
        (lambda f: (f / artifact.WEIGHTS).unlink(), "cannot be read"),
        (lambda f: (f / artifact.MANIFEST).write_text("{"), "not a manifest"),
        (lambda f: (f / artifact.MANIFEST).unlink(), "no trained generator here"),
    ],
)
def test_what_was_tampered_with_is_refused(
    folder: Path, damage: Callable[[Path], object], said: str
) -> None:
    damage(folder)
    with pytest.raises(GenerationError, match=said):
        LearnedSymbolic.load(folder)


@pytest.mark.parametrize("fault", ["missing", "shape", "nan"])
def test_weights_that_do_not_fit_are_refused(tmp_path: Path, fault: str) -> None:
    arrays = untrained()
    if fault == "missing":
        del arrays["lead1.bias"]
    elif fault == "shape":
        arrays["lead1.bias"] = arrays["lead1.bias"][:-1]
    else:
        arrays["lead1.bias"][0] = np.nan
    artifact.save(tmp_path / "model", arrays, _manifest())
    with pytest.raises(GenerationError, match=r"lead1\.bias"):
        LearnedSymbolic.load(tmp_path / "model")


def test_a_folder_that_holds_something_is_left_alone(folder: Path) -> None:
    before = (folder / artifact.MANIFEST).read_bytes()
    with pytest.raises(GenerationError, match="not empty"):
        artifact.save(folder, untrained(seed=1), _manifest())
    assert (folder / artifact.MANIFEST).read_bytes() == before


def test_all_licences_apply_to_what_was_learned_from_them() -> None:
    assert licence_of({"CC0-1.0": 5}) == "CC0-1.0"
    joined = licence_of({"CC-BY-4.0": 2, "CC0-1.0": 5, "MIT OR Apache-2.0": 1})
    assert joined == "(MIT OR Apache-2.0) AND CC-BY-4.0 AND CC0-1.0"
