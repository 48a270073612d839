"""Adding a feature is one entry and one function; all else follows, in a copy of the code."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.pipelines.conftest import write_loop

ROOT = Path(__file__).parents[2]
PACKAGES = ("schemas", "warehouse", "mapping", "generation", "pipelines", "service")

ENTRY = """    FeatureSpec("crest_factor_db", "loudness", 1, "dB", 0, 120, "linear",
                "highest sample over the root mean square", "AES17", typical=(3, 25), target=True),
"""
FUNCTION = '''

@measures("crest_factor_db", uses=[Products])
def crest_factor_db(analysis: Analysis) -> Value:
    """Highest sample over the root mean square, dB."""
    values = analysis.extent.samples * analysis.extent.channels
    power = float(np.trace(analysis.products)) / values
    return 20 * math.log10(analysis.sample_peak / math.sqrt(power))
'''
PLANT = """
from schemas.settings import Settings
import os
from warehouse.lake import Lake
from warehouse.location import Location
with Lake.open(Location.from_settings(Settings.from_env(os.environ))) as lake:
    lake.execute("UPDATE features_loudness SET true_peak_dbtp = -77.25")
"""
PROBE = """
import json
from schemas.conditioning import ConditioningRequest
from schemas.features import FEATURES, targets
from schemas.tables import TABLES
request = {"prompt": {"text": "x"}, "features": {"crest_factor_db":
    {"value": 12, "unit": "dB", "source": "user", "confidence": 1}}}
print(json.dumps({
    "column": TABLES["features_loudness"].schema.field("crest_factor_db").type.__str__(),
    "request": ConditioningRequest.model_validate(request).features["crest_factor_db"].value,
    "target": "crest_factor_db" in [spec.name for spec in targets()],
}))
"""


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The packages with one entry and one function more, and nothing else."""
    root = tmp_path_factory.mktemp("copy")
    for package in PACKAGES:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / package, root / package, ignore=ignored)
    contract = root / "schemas" / "features.py"
    text = contract.read_text()
    end = "\n)\n# fmt: on"
    assert text.count(end) == 1
    contract.write_text(text.replace(end, f"\n{ENTRY.rstrip()}{end}"))
    module = root / "pipelines" / "features" / "quality.py"
    module.write_text(module.read_text() + FUNCTION)
    return root


def run(copy: Path, home: Path, code: str) -> str:
    environ = {**os.environ, "WORDTONE_HOME": str(home), "PYTHONPATH": str(copy)}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=copy,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def wordtone(copy: Path, home: Path, *arguments: str) -> str:
    return run(copy, home, f"from service.cli.main import main; main({list(arguments)!r})")


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_one_entry_and_one_function(copy: Path, tmp_path: Path, prefect_server: str) -> None:
    home, music = tmp_path / "home", tmp_path / "music"
    for i in range(9):
        write_loop(music / f"band {i}" / "bright house.flac", 100 + 5 * i, 200 + 20 * i)
        sidecar = {"genre": ["house"], "artist": f"Band {i}", "mood": ["bright"]}
        sidecar["license"] = "CC0-1.0"
        (music / f"band {i}" / "bright house.json").write_text(json.dumps(sidecar))
    # A warehouse made before the feature existed gets its column and its values.
    real = [str(Path(sys.executable).with_name("wordtone")), "ingest", str(music)]
    subprocess.run(
        real, env={**os.environ, "WORDTONE_HOME": str(home)}, check=True, capture_output=True
    )
    derived = json.loads(run(copy, home, PROBE))
    assert derived == {"column": "double", "request": 12.0, "target": True}
    run(copy, home, PLANT)
    assert "9 accepted" in wordtone(copy, home, "ingest", str(music))
    sql = "SELECT DISTINCT true_peak_dbtp AS odd FROM features_loudness"
    assert json.loads(wordtone(copy, home, "query", sql, "--format", "json")) == [
        {"odd": -77.25}
    ], "only the new feature is measured"
    sql = "SELECT count(crest_factor_db) AS n, min(crest_factor_db) > 3 AS ok FROM track_features"
    assert json.loads(wordtone(copy, home, "query", sql, "--format", "json")) == [
        {"n": 9, "ok": True}
    ]
    sql = "SELECT DISTINCT unit, source FROM quantitative_metadata WHERE metric = 'crest_factor_db'"
    assert json.loads(wordtone(copy, home, "query", sql, "--format", "json")) == [
        {"unit": "dB", "source": "wordtone"}
    ]
    assert "crest_factor_db" in wordtone(copy, home, "train")
    vector = json.loads(wordtone(copy, home, "condition", "bright house"))
    assert vector["features"]["crest_factor_db"]["unit"] == "dB"
    assert "crest_factor_db" in vector["vector"]["names"]
