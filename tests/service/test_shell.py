"""What stands around every route: tokens and scopes, limits, headers, ids, metrics, faults."""

from __future__ import annotations

import json
import logging
import tomllib
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from schemas.errors import SettingsError
from schemas.settings import Settings
from service.http.app import create_app
from service.http.shell.limits import RateLimit
from service.http.shell.tokens import Scope, digest_of, holder, read_tokens
from tests.service.conftest import Run

SCOPES_OF_ROUTES = [
    ("POST", "/v1/conditioning", Scope.CONDITION),
    ("POST", "/v1/refine", Scope.CONDITION),
    ("POST", "/v1/explain", Scope.CONDITION),
    ("POST", "/v1/guidance", Scope.CONDITION),
    ("GET", "/v1/tracks", Scope.READ),
    ("GET", "/v1/tracks/t1", Scope.READ),
    ("GET", "/v1/models", Scope.READ),
    ("GET", "/v1/map", Scope.READ),
    ("GET", "/v1/tracks/t1/audio", Scope.READ),
    ("POST", "/v1/tracks/t1/overrides", Scope.CURATE),
    ("DELETE", "/v1/tracks/t1/overrides/energy", Scope.CURATE),
    ("GET", "/v1/schema", Scope.READ),
    ("GET", "/metrics", Scope.METRICS),
]


def tokens_file(tmp_path: Path, **scopes: list[str]) -> Path:
    path = tmp_path / "tokens.toml"
    path.write_text(
        "".join(
            f'[{name}]\nsha256 = "{digest_of(f"{name}-secret").hex()}"\nscopes = {json.dumps(s)}\n'
            for name, s in scopes.items()
        )
    )
    return path


def bearer(name: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {name}-secret"}


@pytest.mark.parametrize(("method", "path", "scope"), SCOPES_OF_ROUTES)
def test_each_route_needs_its_scope_and_no_other(
    tmp_path: Path, method: str, path: str, scope: Scope
) -> None:
    others = [s.value for s in Scope if s is not scope]
    file = tokens_file(tmp_path, fit=[scope.value], unfit=others)
    client = TestClient(create_app(Settings(home=tmp_path, tokens_file=str(file))))
    assert client.request(method, path).status_code == 401
    refused = client.request(method, path, headers=bearer("unfit"))
    assert refused.status_code == 403
    assert scope.value in refused.json()["detail"]
    assert "insufficient_scope" in refused.headers["www-authenticate"]
    assert client.request(method, path, headers=bearer("fit")).status_code not in (401, 403)


def test_every_route_is_guarded(tmp_path: Path) -> None:
    """A route that somebody adds without a guard is found, whatever its path."""
    app = create_app(Settings(home=tmp_path, token="secret"))  # noqa: S106
    client = TestClient(app)
    free = {"/healthz", "/openapi.json"}
    paths = {
        (method, path)
        for path, operations in client.get("/openapi.json").json()["paths"].items()
        for method in operations
    }
    assert {path for _, path in paths} >= {path for _, path, _ in SCOPES_OF_ROUTES[:1]}
    for method, path in sorted(paths):
        if path not in free:
            assert client.request(method, path).status_code == 401, (method, path)
            # What is asked is not even looked at.
            odd: dict[str, Any] = {"content": b"{", "params": {"no_such": "1"}}
            assert client.request(method, path, **odd).status_code == 401, (method, path)


def test_a_new_token_opens_the_service(wordtone: Run, tmp_path: Path) -> None:
    made = wordtone("token", "radio", "--scope", "read")
    assert made.returncode == 0, made.stderr
    secret = made.stderr.rsplit(" ", 1)[1].strip()
    assert secret not in made.stdout
    file = tmp_path / "tokens.toml"
    file.write_text(made.stdout)
    client = TestClient(create_app(Settings(home=tmp_path, tokens_file=str(file))))
    given = {"Authorization": f"Bearer {secret}"}
    assert client.get("/v1/schema", headers=given).status_code == 200
    assert client.get("/metrics", headers=given).status_code == 403


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "names no token"),
        ("[a]\nsha256 = 'ab'\nscopes = ['read']", "64 hexadecimal digits"),
        (f"[a]\nsha256 = '{'0' * 64}'\nscopes = ['write']", "'write'; valid is read"),
        (f"[a]\nsha256 = '{'0' * 64}'\nscopes = []", "valid is a list"),
        (f"[a]\nsha256 = '{'0' * 64}'\nscope = ['read']", "and nothing else"),
        ("a = 1", "and nothing else"),
        ("[a", "tokens.toml"),
    ],
)
def test_a_wrong_file_of_tokens_is_refused(tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "tokens.toml"
    file.write_text(text)
    with pytest.raises(SettingsError, match=r"tokens\.toml") as refused:
        read_tokens(Settings(home=tmp_path, tokens_file=str(file)))
    assert says in str(refused.value)


def test_only_bearer_carries_a_token(tmp_path: Path) -> None:
    tokens = read_tokens(Settings(home=tmp_path, token="secret"))  # noqa: S106
    assert holder(tokens, "Bearer secret") is not None
    for header in ("Basic secret", "secret", "", "Bearer", "Bearer secret secret", "Bearer Secret"):
        assert holder(tokens, header) is None, header


def test_beyond_loopback_the_service_asks_for_a_token_first(wordtone: Run) -> None:
    refused = wordtone("serve", "--host", "0.0.0.0")  # noqa: S104
    assert refused.returncode == 2
    assert "WORDTONE_TOKEN" in refused.stderr


def test_a_rate_limit_refuses_and_says_when(tmp_path: Path) -> None:
    client = TestClient(create_app(Settings(home=tmp_path, requests_per_minute=3)))
    assert [client.get("/v1/schema").status_code for _ in range(5)] == [200] * 3 + [429] * 2
    assert int(client.get("/v1/schema").headers["retry-after"]) >= 1
    assert client.get("/healthz").status_code == 200
    other = client.get("/v1/schema", headers={"Authorization": "Bearer another"})
    assert other.status_code == 200, "one caller's haste must not cost another"


def test_a_bucket_fills_again_evenly() -> None:
    now = [0.0]
    limit = RateLimit(lambda *_: None, 60, clock=lambda: now[0])  # type: ignore[arg-type,return-value]
    assert [limit._take(b"a") for _ in range(60)] == [0] * 60
    assert limit._take(b"a") == pytest.approx(1)
    now[0] = 2.5
    assert [limit._take(b"a") == 0 for _ in range(3)] == [True, True, False]


def test_a_body_is_counted_whatever_it_announces(tmp_path: Path) -> None:
    client = TestClient(create_app(Settings(home=tmp_path)))

    def endless() -> object:
        for _ in range(400):
            yield b'{"prompt": "' + b"x" * 1024

    answer = client.post("/v1/conditioning", content=endless())  # type: ignore[arg-type]
    assert answer.status_code == 413
    lying = client.post("/v1/conditioning", content=b"{}", headers={"Content-Length": "9" * 40})
    assert lying.status_code == 413


def test_headers_and_ids(tmp_path: Path) -> None:
    client = TestClient(create_app(Settings(home=tmp_path)))
    for path in ("/healthz", "/v1/nothing"):
        answer = client.get(path, headers={"X-Request-ID": "abcdefgh-1"})
        assert answer.headers["x-request-id"] == "abcdefgh-1"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "access-control-allow-origin" not in answer.headers
    forged = client.get("/healthz", headers={"X-Request-ID": "a\tb<script>"})
    assert forged.headers["x-request-id"].isalnum()


def test_cors_lets_named_origins_in_and_no_others(tmp_path: Path) -> None:
    client = TestClient(create_app(Settings(home=tmp_path, cors="https://a.org, https://b.org")))
    for origin, allowed in (("https://b.org", True), ("https://evil.org", False)):
        answer = client.get("/healthz", headers={"Origin": origin})
        assert (answer.headers.get("access-control-allow-origin") == origin) == allowed


def test_metrics_count_by_route_and_the_log_holds_no_prompt(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    client = TestClient(create_app(Settings(home=tmp_path)))
    with caplog.at_level(logging.INFO, "wordtone.access"):
        client.post("/v1/conditioning", json={"prompt": "secret wish", "bpm": 900})
        client.get("/v1/tracks/t1?search=secret")
    lines = [json.loads(record.message) for record in caplog.records]
    assert [(line["route"], line["status"]) for line in lines] == [
        ("/v1/conditioning", 422), ("/v1/tracks/{track_id}", 422)
    ]  # fmt: skip
    assert "secret" not in caplog.text
    text = client.get("/metrics").text
    assert (
        'wordtone_http_requests_total{method="POST",route="/v1/conditioning",status="422"} 1.0'
        in text
    )
    assert 'route="/v1/tracks/{track_id}"' in text


def test_a_fault_tells_its_kind_and_keeps_its_text(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    app = create_app(Settings(home=tmp_path))

    @app.get("/broken")
    def broken() -> None:
        raise RuntimeError("/home/somebody/secret")

    answer = TestClient(app).get("/broken", headers={"X-Request-ID": "findable-1"})
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert "secret" not in answer.text
    assert "RuntimeError" in answer.json()["detail"]
    assert "findable-1" in answer.json()["detail"]
    assert "/home/somebody/secret" in caplog.text


def test_the_entry_is_toml(wordtone: Run) -> None:
    made = wordtone("token", "a-b_1", "--scope", "read", "--scope", "query", "--scope", "read")
    assert tomllib.loads(made.stdout)["a-b_1"]["scopes"] == ["read", "query"]
    assert wordtone("token", "a b", "--scope", "read").returncode == 2
