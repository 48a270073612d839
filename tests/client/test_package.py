"""The client as a package of its own: what it needs, and that it is what the service says."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
OURS = ("schemas", "warehouse", "mapping", "generation", "pipelines", "service", "wordtone")
HEAVY = ("pyarrow", "numpy", "pandas", "duckdb", "fastapi")


def test_it_stands_on_httpx_and_pydantic_alone() -> None:
    code = (
        f"import sys; sys.path.insert(0, {str(ROOT / 'client')!r}); import wordtone_client; "
        "print(' '.join(sorted({m.split('.')[0] for m in sys.modules})))"
    )
    # -I: neither the folder it runs in nor the environment adds anything.
    done = subprocess.run(
        [sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.split())
    assert {"wordtone_client", "httpx", "pydantic"} <= loaded
    assert not loaded & {*OURS, *HEAVY}
    declared = tomllib.loads((ROOT / "client" / "pyproject.toml").read_text())["project"]
    assert sorted(name.split(">")[0] for name in declared["dependencies"]) == ["httpx", "pydantic"]


def test_each_document_of_the_service_has_its_type() -> None:
    import json

    from wordtone_client import models
    from wordtone_client.document import Document

    schemas = json.loads((ROOT / "client" / "openapi.json").read_text())["components"]["schemas"]
    objects = [name for name, schema in schemas.items() if schema.get("type") == "object"]
    assert len(objects) > 50
    missing = [name for name in objects if not hasattr(models, name)]
    assert missing == []
    assert all(issubclass(getattr(models, name), Document) for name in objects)
