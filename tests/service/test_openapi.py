"""The OpenAPI document: complete by rule, true of the answers, and shown as a page."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from fastapi.testclient import TestClient

from schemas.settings import Settings
from service.http.app import create_app
from service.http.examples import EXAMPLES
from service.http.openapi import TAGS

Document = dict[str, Any]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    return TestClient(create_app(Settings(home=tmp_path_factory.mktemp("home"))))


@pytest.fixture(scope="module")
def document(client: TestClient) -> Document:
    found: Document = client.get("/openapi.json").json()
    return found


def operations(document: Document) -> Iterator[tuple[str, str, Document]]:
    for path, methods in document["paths"].items():
        for method, told in methods.items():
            yield method, path, told


def test_every_operation_is_described_in_full(document: Document) -> None:
    names = [told["operationId"] for _, _, told in operations(document)]
    assert len(names) > 30
    assert sorted(names) == sorted(set(names)), "a client's methods need names of their own"
    for method, path, told in operations(document):
        where = f"{method} {path}"
        assert re.fullmatch(r"[a-z][a-z_]+", told["operationId"]), where
        assert set(told["tags"]) <= set(TAGS), where
        assert told.get("description", "").endswith("."), f"{where}: a docstring is needed"
        for status, answer in told["responses"].items():
            assert answer["description"], (where, status)
            assert "X-Request-ID" in answer["headers"], (where, status)
            if status == "200" and method == "get":
                assert answer["content"], where
            if int(status) >= 400 and status != "416":
                kind = {"$ref": "#/components/schemas/Problem"}
                assert answer["content"] == {"application/problem+json": {"schema": kind}}, where


def test_errors_are_named_where_they_can_occur(document: Document) -> None:
    for method, path, told in operations(document):
        named, where = set(told["responses"]), f"{method} {path}"
        if "x-scope" in told:
            assert {"401", "403", "429"} <= named, where
        if "{" in path:
            assert "404" in named, where
        if method == "post":
            assert {"413", "415", "422", "408"} <= named, where
        if told.get("parameters"):
            assert "422" in named, where
    assert "409" in document["paths"]["/v1/conditioning"]["post"]["responses"]
    assert "400" in document["paths"]["/v1/query"]["post"]["responses"]


def test_security_is_told_as_it_is(document: Document, tmp_path: Path) -> None:
    for _, path, told in operations(document):
        assert told.get("security", [{}])[-1] == {}, f"{path}: nobody needs a token here"
    app = create_app(Settings(home=tmp_path, token="secret"))  # noqa: S106
    for _, path, told in operations(app.openapi()):
        free = path == "/healthz"
        assert told.get("security") == (None if free else [{"bearer": [told["x-scope"]]}]), path


def test_every_reference_leads_somewhere_and_nothing_is_left_over(document: Document) -> None:
    text = json.dumps(document)
    named = set(re.findall(r'"#/components/schemas/(\w+)"', text))
    assert named == set(document["components"]["schemas"])


def test_examples_have_the_form_and_are_taken(client: TestClient, document: Document) -> None:
    shown = {
        told["operationId"]: (method, path, told) for method, path, told in operations(document)
    }
    assert EXAMPLES
    for name, example in EXAMPLES.items():
        method, path, told = shown[name]
        content = told["requestBody"]["content"]["application/json"]
        assert content["example"] == example
        valid(document, content["schema"], example)
        answer = client.request(method, path.replace("{generation_id}", "x"), json=example)
        # No tracks and no pieces here: what is left to refuse is that they are missing.
        assert answer.status_code in (200, 202, 404, 503), (name, answer.text)


def valid(document: Document, schema: Document, value: Any) -> None:
    whole = schema | {"components": document["components"]}
    jsonschema.Draft202012Validator(whole).validate(value)


def test_answers_are_what_the_document_says(client: TestClient, document: Document) -> None:
    vector = client.post("/v1/conditioning", json={"prompt": "techno", "samples": 2}).json()
    asked = [
        ("get", "/healthz", None),
        ("get", "/v1/engines", None),
        ("get", "/v1/generations", None),
        ("get", "/v1/schema", None),
        ("post", "/v1/conditioning", {"prompt": "UK garage, dark"}),
        ("post", "/v1/guidance", {"prompt": "dark zorbly jazz"}),
        ("post", "/v1/explain", {"prompt": "slow dark jazz"}),
        ("post", "/v1/refine", {"vector": vector, "words": "darker, not slower"}),
    ]
    for method, path, body in asked:
        answer = client.request(method, path, json=body)
        assert answer.status_code == 200, answer.text
        told = document["paths"][path][method]["responses"]["200"]
        valid(document, told["content"]["application/json"]["schema"], answer.json())
    refused = client.post("/v1/conditioning", json={"prompt": ""})
    valid(document, {"$ref": "#/components/schemas/Problem"}, refused.json())


def test_the_page_shows_all_of_it_and_finds(client: TestClient, document: Document) -> None:
    page = client.get("/docs")
    assert page.status_code == 200
    for _, path, told in operations(document):
        assert f'id="{told["operationId"]}"' in page.text, path
    for name in document["components"]["schemas"]:
        assert f'id="model-{name}"' in page.text
    assert set(re.findall(r'href="#(model-\w+)"', page.text)) <= set(
        re.findall(r'id="(model-\w+)"', page.text)
    )
    assert "<script>" not in page.text
    assert " style=" not in page.text
    found = client.get("/docs", params={"q": "delete jobs"}).text
    assert 'id="cancel_job"' in found
    assert 'id="conditioning"' not in re.sub(r'<section class="chapter".*?>', "", found)
    nothing = client.get("/docs", params={"q": "<script>alert(1)</script>"})
    assert "<script>alert" not in nothing.text
    assert "Nothing has" in nothing.text


def test_the_page_needs_no_token(tmp_path: Path) -> None:
    client = TestClient(create_app(Settings(home=tmp_path, token="secret")))  # noqa: S106
    assert client.get("/docs").status_code == 200
