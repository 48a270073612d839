"""The structure of DESIGN: who may import whom, what each name resolves to, what stays unloaded."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("schemas", "warehouse", "mapping", "generation", "pipelines", "service")
HEAVY = ("prefect", "torch", "librosa", "numba", "sklearn", "pandas")


def test_import_direction() -> None:
    checked = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "0 broken" in checked.stdout


@pytest.mark.parametrize("package", [*PACKAGES, "tests", "benchmarks"])
def test_generic_names_resolve_inside_the_repository(package: str) -> None:
    spec = importlib.util.find_spec(package)
    assert spec is not None
    places = [Path(place).resolve() for place in spec.submodule_search_locations or ()]
    assert places == [ROOT / package]


def loaded_by(code: str) -> set[str]:
    """Top-level modules that a fresh interpreter has loaded after running `code`."""
    listing = "import sys; print(' '.join(sorted({m.split('.')[0] for m in sys.modules})))"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\n{listing}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stdout.splitlines()[-1].split())


@pytest.mark.parametrize(
    ("what", "code", "forbidden"),
    [
        (
            "--help",
            "from service.cli.main import cli\ntry: cli.main(['--help'])\nexcept SystemExit: pass",
            (*HEAVY, "duckdb", "numpy", "scipy", "pyarrow", "pydantic", "rich", "onnxruntime"),
        ),
        ("the service", "import service.http.app", HEAVY),
        ("inference", "import mapping.model", (*HEAVY, "duckdb", "scipy")),
        (
            "extraction",
            "import pipelines.analyse, pipelines.features.extract, pipelines.sources.text",
            ("prefect", "torch", "librosa", "numba", "sklearn", "pandas", "duckdb"),
        ),
        ("planning", "import pipelines.ingest", HEAVY),
    ],
)
def test_nothing_heavy_is_loaded_by(what: str, code: str, forbidden: tuple[str, ...]) -> None:
    loaded = loaded_by(code)
    assert "sys" in loaded
    assert not loaded & set(forbidden), f"{what} loads {sorted(loaded & set(forbidden))}"


def test_modules_and_functions_stay_small() -> None:
    """STYLE: modules under about 250 lines; a longer one is a place to ask whether it is two."""
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text().splitlines())
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
    }
    assert len(lengths) > 30, "the search found too few modules to mean anything"
    too_long = {path: lines for path, lines in lengths.items() if lines > 275}
    assert not too_long, too_long


def test_no_pickle_no_eval() -> None:
    """What the rules forbid is not there to be found."""
    import ast

    banned = {"pickle", "cPickle", "dill", "joblib", "shelve", "marshal"}
    found = []
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                names = []
                if isinstance(node, ast.Import):
                    names = [alias.name.split(".")[0] for alias in node.names]
                elif isinstance(node, ast.ImportFrom):
                    names = [(node.module or "").split(".")[0]]
                elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                    found += [f"{path}: {node.func.id}"] if node.func.id in ("eval", "exec") else []
                elif isinstance(node, ast.keyword) and node.arg == "shell":
                    found.append(f"{path}: shell=")
                found += [f"{path}: {name}" for name in names if name in banned]
    assert not found
