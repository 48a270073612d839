"""Engines by id: each is where the registry says, and says what it is."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

from generation.registry import ENTRIES, Making, make, manifest
from schemas.errors import InputError, MissingExtraError

TORCH = importlib.util.find_spec("torch") is not None
ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("engine", [e for e in ENTRIES if e != "external"])
def test_a_manifest_carries_its_id(engine: str) -> None:
    if ENTRIES[engine].kind == "learned" and not TORCH and engine == "learned-audio":
        pytest.skip("the audio model needs torch")
    assert manifest(engine).engine == engine


def test_the_embedded_engine_needs_nothing() -> None:
    made = make("embedded")
    assert made.manifest.engine == "embedded"
    assert made.manifest.stems
    assert not made.manifest.sings


@pytest.mark.parametrize("engine", ["musicgen", "learned-audio", "external"])
def test_engines_that_need_weights_say_which(engine: str) -> None:
    with pytest.raises((InputError, MissingExtraError), match=engine):
        make(engine)


def test_an_unknown_engine_names_the_nearest() -> None:
    with pytest.raises(InputError, match="did you mean embedded"):
        make("embeded")


def test_an_edit_needs_the_folder_of_earlier_pieces() -> None:
    made = make("embedded", Making())
    from schemas.conditioning import ConditioningRequest
    from schemas.parts import Edit, Prompt

    edit = Edit(generation_id="20260101T000000000000-00000000", regenerate_stems=("drums",))
    with pytest.raises(InputError, match="no folder of earlier generations"):
        made.generate(ConditioningRequest(prompt=Prompt(text=""), edit=edit), 1)


def test_every_engine_is_documented() -> None:
    page = (ROOT / "docs" / "engines.md").read_text() + (ROOT / "docs" / "learned.md").read_text()
    page += (ROOT / "docs" / "generate.md").read_text()
    missing = [engine for engine in ENTRIES if not re.search(rf"(?<![\w-]){engine}(?![\w-])", page)]
    assert missing == []


def test_nothing_heavy_is_imported_before_an_engine_is_made() -> None:
    code = (
        "import sys; import generation.registry, generation.payloads.catalogue as c;"
        "[c.manifest(e) for e in c.BUILDERS];"
        "print([m for m in ('torch', 'scipy', 'diffusers', 'transformers') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
