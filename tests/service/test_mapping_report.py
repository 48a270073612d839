"""The page about a mapping: what was counted at training, and what strangers wrote stays text."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest

from mapping.report import material
from mapping.report.held import Held
from schemas.errors import MappingError, NotTrainedError
from schemas.protocols import TrainingExample
from schemas.settings import Settings
from service.cli.report import write_mapping_page
from service.report.page.mapping_page import Told, mapping_page
from tests.mapping.test_comparison import held as synthetic

from .browser import CHROMIUM, open_page
from .conftest import Run

HOSTILE = (
    "<script>alert(1)</script>, techno",
    '"><img src=http://127.0.0.1:9/x onerror=alert(1)>, techno',
    "</style><svg onload=alert(1)>, techno",
    "\u202egnp.exe, \x1b[31mred, techno",
)


def examples(
    held: Held, texts: tuple[str, ...] = ("jazz, swing", "techno")
) -> list[TrainingExample]:
    return [
        TrainingExample(
            track_id=track_id,
            text=texts[row % len(texts)],
            groups={"artist": f"a{row // 4}"},
            features={},
        )
        for row, track_id in enumerate(held.track_ids)
    ]


def told(texts: tuple[str, ...] = ("jazz, swing", "techno")) -> Told:
    held = synthetic()
    found = material.gather(examples(held, texts), held)
    found["directions"] = [
        {
            "feature": "energy", "more": "loud", "less": texts[0], "more_value": 0.2,
            "less_value": 0.4, "right": False,
        }
    ]  # fmt: skip
    scores = dict.fromkeys(
        ("r2", "r2_dummy", "r2_lookup", "mae", "mae_dummy", "spearman", "coverage50", "coverage90",
         "crps_skill"), 0.25,
    )  # fmt: skip
    manifest = {
        "model_id": "mapping-0", "snapshot": 3, "code": "0.1", "trained_tracks": 240,
        "features": [{"name": name} for name in held.names], "warnings": [texts[0]],
        "encoder": "onnx:x", "config": {"seed": 0, "alphas": [1, 2]},
        "details": {"prior": {"energy": {"centre": 0, "offset": 0.1, "slope": 0.9, "width": 1.2}}},
        "data": {"rights": {"policy": "open", "version": "1", "allowed": 2, "tracks": 3,
                            "left_out": {texts[0]: 1}}, "pooling": {}},
        "metrics": {"mean": {"r2": 0.25}, "features": {
            name: scores | {"unit": "x", "tested": 9} for name in held.names}},
    }  # fmt: skip
    # As it is read from disk.
    return Told("20260101-mapping", json.loads(json.dumps(manifest)), json.loads(json.dumps(found)))


def test_the_page_has_every_section() -> None:
    text = mapping_page(told())
    for expected in (
        "What it can promise", "Calibration", "Coverage by group", "Residuals", "Opposites",
        "Words it knows", "Worst prompts", "Before and after", "Lineage",
        "0 of 1 the right way", "jazz", "mapping-0", "2 of 3 tracks",
    ):  # fmt: skip
        assert expected in text, expected
    assert text.count("<svg") == text.count("</svg>")
    anchors = set(re.findall(r'href="#(\w+)"', text))
    assert anchors == set(re.findall(r'<section id="(\w+)"', text))


def test_sections_without_material_are_left_out() -> None:
    one = told()
    one.material["directions"] = []
    one.material["groups"] = []
    one.manifest["details"] = {}
    text = mapping_page(one)
    assert "Opposites" not in text
    assert "Before and after" not in text
    assert "Coverage by group" not in text


def test_a_moved_mapping_shows_before_and_after() -> None:
    sides = (
        {"r2": -0.5, "error": 0.3, "coverage90": 0.6},
        {"r2": 0.4, "error": 0.1, "coverage90": 0.9},
    )
    moved = {"energy": {"unit": "ratio", "labels": 40, "before": sides[0], "after": sides[1]}}
    one = told()
    text = mapping_page(Told(one.name, one.manifest, one.material | {"moved": moved}))
    assert "recalibration" in text
    assert "-0.50" in text
    only = mapping_page(Told(one.name, one.manifest, {"moved": moved, "directions": []}))
    assert "recalibration" in only
    assert "Calibration" not in only


def test_what_strangers_wrote_stays_text() -> None:
    text = mapping_page(told(HOSTILE))
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert not re.search(r"<(script|img|iframe|object|link|base|form)\b", text)
    tags = re.findall(r"<[a-z][^>]*>", text)
    assert not [tag for tag in tags if re.search(r"\son\w+\s*=|\ssrc=|\sstyle=", tag)]
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e]", text)


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
def test_a_browser_runs_nothing_and_asks_for_nothing(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text(mapping_page(told(HOSTILE)), encoding="utf-8")
    seen = open_page(path, tmp_path)
    assert (seen.console, seen.requests) == ([], [])
    assert "Worst prompts" in seen.document


def test_calibration_is_that_of_the_rows() -> None:
    held = synthetic(rows=2_000)
    found = material.gather(examples(held), held)["features"]["energy"]
    assert found["reliability"] == pytest.approx([0.05, 0.25, 0.5, 0.75, 0.95], abs=0.03)
    assert found["coverage90"] == pytest.approx(0.9, abs=0.03)
    assert sum(found["residuals"]["counts"]) == found["tested"] == 2_000


def test_the_ceiling_is_what_texts_tell() -> None:
    """Two texts half a unit from the middle, noise of a half: texts tell half of the variance."""
    held = synthetic(rows=4_000)
    rng = np.random.default_rng(3)
    side = np.where(np.arange(4_000) % 2, 0.5, -0.5)
    held.truth[:, 1] = side + rng.normal(0, 0.5, 4_000)
    found = material.gather(examples(held), held)["features"]
    assert found["energy"]["ceiling"] == pytest.approx(0.5, abs=0.03)
    assert abs(found["valence"]["ceiling"]) < 0.02
    different = tuple(f"text {i}" for i in range(4_000))
    assert material.gather(examples(held, different), held)["features"]["energy"]["ceiling"] is None


def test_groups_and_words_are_counted() -> None:
    held = synthetic(widen=0.5)
    found = material.gather(examples(held, ("jazz, swing", "techno", f"{'x' * 999}")), held)
    assert {row["term"][:6] for row in found["groups"]} == {"jazz", "swing", "techno", "xxxxxx"}
    assert all(row["coverage90"] < 0.8 for row in found["groups"])
    assert found["vocabulary"]["terms"] == 4
    assert found["vocabulary"]["shared"] == 1
    assert max(len(row["term"]) for row in found["groups"]) <= 200
    assert found["worst"][0]["crps"] >= found["worst"][-1]["crps"]


def test_missing_truths_are_left_out() -> None:
    held = synthetic()
    held.truth[:, 2] = np.nan
    held.crps[:, 2] = np.nan
    found = material.gather(examples(held), held)
    assert found["features"]["valence"]["tested"] == 0
    assert found["features"]["valence"]["reliability"] == [None] * 5
    one = told()
    mapping_page(Told(one.name, one.manifest, found | {"directions": []}))


def test_a_mapping_that_held_nothing_out(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    with pytest.raises(NotTrainedError, match="wordtone train"):
        write_mapping_page(settings, tmp_path / "page.html", None)
    with pytest.raises(NotTrainedError, match="no such mapping"):
        write_mapping_page(settings, tmp_path / "page.html", "2026")


def test_the_command(wordtone: Run, tmp_path: Path) -> None:
    out = str(tmp_path / "page.html")
    refused = wordtone("report", "mapping", "--as-of", "3", "--out", out)
    assert (refused.returncode, "--as-of belongs" in refused.stderr) == (2, True)
    extra = wordtone("report", "catalogue", "x", "--out", out)
    assert (extra.returncode, "takes no model" in extra.stderr) == (2, True)
    none = wordtone("report", "mapping", "--out", out)
    assert (none.returncode, "wordtone train" in none.stderr) == (1, True)


def test_a_mapping_saved_without_evaluation_says_so(tmp_path: Path) -> None:
    from mapping import artifact
    from service.report.page.mapping_page import read_told

    folder = tmp_path / "m"
    folder.mkdir()
    record = {"format": artifact.FORMAT, "beside": None}
    record["sha256"] = artifact._own_hash(record)
    (folder / "manifest.json").write_text(json.dumps(record))
    with pytest.raises(MappingError, match="train it again"):
        read_told(folder)
