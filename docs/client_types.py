"""The types of client/, out of the service's own OpenAPI document.

client/openapi.json is what the service says of itself; client/wordtone_client/models.py are its
schemas as pydantic models, by datamodel-code-generator. `./dev docs` writes both.
"""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

_HEAD = '"""The service\'s documents; written by `./dev docs` from openapi.json."""\n'
_LIMITS = (
    "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minLength", "maxLength",
    "minItems", "maxItems", "maxProperties", "pattern",
)  # fmt: skip


@cache
def document() -> str:
    """The OpenAPI document of the service as it is."""
    from schemas.settings import Settings
    from service.http.app import create_app

    with TemporaryDirectory() as home:
        found = create_app(Settings(home=Path(home))).openapi()
    return json.dumps(found, indent=1, ensure_ascii=False) + "\n"


@cache
def models() -> str:
    """The document's schemas as a module of pydantic models."""
    plain = json.loads(document())
    schemas = plain["components"]["schemas"]
    for name in [name for name in schemas if name.startswith("Body_")]:
        del schemas[name]  # forms with files, which the client sends as they are
    plain["paths"] = {}
    for schema in schemas.values():
        _simplify(schema)
    with TemporaryDirectory() as folder:
        target = Path(folder) / "models.py"
        arguments = ["--input-file-type", "openapi", "--output", str(target), *_CHOICES]
        # Beside this interpreter: whatever PATH says, the pinned generator writes.
        program = str(Path(sys.executable).with_name("datamodel-codegen"))
        given = json.dumps(plain)
        subprocess.run([program, *arguments], input=given, text=True, check=True)
        written = target.read_text(encoding="utf-8")
    return _formatted(_HEAD + written[written.index("\nfrom __future__") :])


_CHOICES = (
    "--output-model-type", "pydantic_v2.BaseModel",
    "--target-python-version", "3.11",
    "--base-class", "wordtone_client.document.Document",
    "--enum-field-as-literal", "all",
    "--strict-nullable",
    "--field-constraints",
    "--use-annotated",
    "--use-standard-collections",
    "--use-union-operator",
    "--use-schema-description",
    "--use-field-description",
    "--use-default-kwarg",
    "--collapse-root-models",
    "--use-double-quotes",
    "--disable-timestamp",
    "--formatters", "builtin",
)  # fmt: skip


def _simplify(node: Any) -> None:
    """Take out what makes a reader's models longer and says nothing.

    Titles repeat names. Limits are the service's to check, which says in words what is valid, and
    those of a newer one may be wider. A map that may be left out is empty, not null.
    """
    for part in _parts(node):
        _simplify(part)
    if not isinstance(node, dict):
        return
    for name in ("title", *_LIMITS):
        if not isinstance(node.get(name), dict):  # a property may have such a name
            node.pop(name, None)
    if node.get("additionalProperties") is False:
        del node["additionalProperties"]  # `Document` says what becomes of unknown fields
    for name, part in node.get("properties", {}).items():
        is_map = part.get("type") == "object" and "additionalProperties" in part
        if is_map and name not in node.get("required", ()):
            part.setdefault("default", {})


def _parts(node: Any) -> list[Any]:
    if isinstance(node, dict):
        return list(node.values())
    return node if isinstance(node, list) else []


def _formatted(text: str) -> str:
    program = str(Path(sys.executable).with_name("ruff"))
    name = "client/wordtone_client/models.py"
    done = subprocess.run(
        [program, "format", "--stdin-filename", name, "-"],
        input=text,
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[1],
    )
    return done.stdout
