"""What the client does with answers of all kinds, over real sockets."""

from __future__ import annotations

import socket
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from tests.client.scripted import Reply, Scripted, reply, scripted
from wordtone_client import (
    AddressError,
    Busy,
    Client,
    ClientError,
    InvalidRequest,
    JobFailed,
    NotAllowed,
    NotFound,
    Patience,
    ServiceFault,
    UnexpectedAnswer,
    Unreachable,
    as_table,
)
from wordtone_client.models import SqlAnswer

SECRET = "s3cret-s3cret"  # noqa: S105  of no service
HEALTHY = reply({"status": "ok"})
PIECE = {"job_id": "j1", "created_at": "2026-01-01T00:00:00Z"}


def waiting(waits: list[float], retries: int = 3, timeout_s: float = 20.0) -> Patience:
    return Patience(timeout_s=timeout_s, retries=retries, sleep=waits.append)


def client(server: Scripted, waits: list[float] | None = None, retries: int = 3) -> Client:
    return Client(server.address, SECRET, patience=waiting([] if waits is None else waits, retries))


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("ftp://music.example", "valid is http"),
        ("music.example", "valid is http"),
        ("https://", "valid is http"),
        ("https://anna:pw@music.example", "no name or password"),
        ("https://music.example/?a=1", "without"),
        ("http://music.example", "in the clear"),
        ("http://127.0.0.1.music.example", "in the clear"),
    ],
)
def test_addresses_that_cannot_be_used(address: str, why: str) -> None:
    with pytest.raises(AddressError, match=why) as raised:
        Client(address, SECRET)
    assert SECRET not in str(raised.value)
    assert "pw" not in str(raised.value)


def test_a_token_may_travel_to_this_machine_or_where_one_insists() -> None:
    for address in ("http://127.0.0.1:1", "http://localhost:1", "http://[::1]:1"):
        Client(address, SECRET).close()
    Client("http://music.example", SECRET, insecure=True).close()
    Client("http://music.example").close()


def test_the_environment_names_the_service() -> None:
    named = {"WORDTONE_REMOTE": "http://127.0.0.1:9/", "WORDTONE_REMOTE_TOKEN": SECRET}
    with Client.from_env(named) as found:
        assert repr(found) == "<Client http://127.0.0.1:9, with a token>"
    with pytest.raises(AddressError, match="WORDTONE_REMOTE is not set"):
        Client.from_env({})


def test_the_token_is_sent_and_never_shown() -> None:
    with scripted(HEALTHY, reply({"detail": "no"}, 403)) as server, client(server) as found:
        found.health()
        assert server.asked[0].headers["authorization"] == f"Bearer {SECRET}"
        with pytest.raises(NotAllowed) as raised:
            found.health()
        shown = repr(found) + repr(raised.value) + str(raised.value) + repr(vars(raised.value))
        assert SECRET not in shown


def test_a_redirect_is_not_followed() -> None:
    with scripted(HEALTHY) as other:
        away = reply({}, 307, Location=f"{other.address}/v1/models")
        no = pytest.raises(UnexpectedAnswer, match="redirects to")
        with scripted(away) as server, client(server) as found, no:
            found.models()
        assert other.asked == []


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, InvalidRequest),
        (401, NotAllowed),
        (403, NotAllowed),
        (404, NotFound),
        (413, InvalidRequest),
        (422, InvalidRequest),
        (429, Busy),
        (500, ServiceFault),
        (503, ServiceFault),
    ],
)
def test_each_refusal_has_its_error(status: int, kind: type[ClientError]) -> None:
    waits: list[float] = []
    said = reply({"detail": "bpm: valid is 30 … 300"}, status, X_Request_ID="r7")
    with scripted(said) as server, client(server, waits) as found:
        with pytest.raises(kind, match="valid is 30 … 300") as raised:
            found.condition("house")
        error = raised.value
        assert (error.status, error.detail, error.request_id) == (  # type: ignore[attr-defined]
            status,
            "bpm: valid is 30 … 300",
            "r7",
        )
        assert server.address in str(error)
        # Without Retry-After nobody says that the same would go better later.
        assert (len(server.asked), waits) == (1, [])


@pytest.mark.parametrize("status", [429, 503])
def test_what_is_put_off_is_sent_again_when_it_said(status: int) -> None:
    waits: list[float] = []
    later = reply({"detail": "later"}, status, Retry_After="7")
    with scripted(later, later, HEALTHY) as server, client(server, waits) as found:
        assert found.health().status == "ok"
    assert len(server.asked) == 3
    assert len(waits) == 2
    assert min(waits) >= 7


def test_patience_ends() -> None:
    waits: list[float] = []
    later = reply({"detail": "later"}, 429, Retry_After="1")
    with scripted(later) as server, client(server, waits, retries=2) as found:
        with pytest.raises(Busy) as raised:
            found.submit("house")
        assert raised.value.retry_after_s == 1
    assert len(server.asked) == 3


def test_a_date_says_when_too() -> None:
    waits: list[float] = []
    at = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    later = reply({"detail": "later"}, 503, Retry_After=at)
    with scripted(later, HEALTHY) as server, client(server, waits) as found:
        found.health()
    assert 20 < waits[0] <= 30


def test_no_wait_is_longer_than_a_minute() -> None:
    waits: list[float] = []
    later = reply({"detail": "later"}, 503, Retry_After="86400")
    with scripted(later, HEALTHY) as server, client(server, waits) as found:
        found.health()
    assert waits == [60.0]


def test_nobody_there() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{taken.getsockname()[1]}"
    waits: list[float] = []
    no = pytest.raises(Unreachable, match=address)
    with Client(address, patience=waiting(waits)) as found, no:
        found.generate("house")
    assert len(waits) == 3
    assert waits == sorted(waits)


def test_an_answer_that_does_not_come() -> None:
    slow = Reply(delay_s=30)
    with scripted(slow) as server:
        patience = waiting([], timeout_s=0.2)
        with Client(server.address, patience=patience) as found:
            with pytest.raises(Unreachable, match=r"within 0\.2 s"):
                found.submit("house")
            # It may have arrived: a piece is not to be made twice.
            assert len(server.asked) == 1


@pytest.mark.parametrize("body", [b"<html>welcome", b"", b'{"status": 3}', b"[]"])
def test_an_answer_of_something_else(body: bytes) -> None:
    no = pytest.raises(UnexpectedAnswer, match="is it wordtone")
    with scripted(Reply(body=body)) as server, client(server) as found, no:
        found.health()


def test_a_fault_without_a_problem_document() -> None:
    no = pytest.raises(ServiceFault, match="answered 502")
    with scripted(Reply(502, b"<html>Bad gateway")) as server, client(server) as found, no:
        found.health()


def test_what_a_newer_service_adds_comes_back_to_it() -> None:
    hit = {"rank": 1, "track_id": "t", "score": 0.5, "mood": {"a": 1}}
    with scripted(reply([hit])) as server, client(server) as found:
        [only] = found.search("house", where=["energy>=0.6", "key=C minor"], tags=["a&b"])
        assert only.plain() == hit
        assert server.asked[0].path == (
            "/v1/search?q=house&limit=20&where=energy%3E%3D0.6&where=key%3DC+minor&tag=a%26b"
        )


@pytest.mark.parametrize(
    ("track_id", "path"),
    [("a/b?c#d", "a%2Fb%3Fc%23d"), ("..", "%2E%2E"), (".", "%2E"), ("é", "%C3%A9")],
)
def test_an_id_stays_one_segment(track_id: str, path: str) -> None:
    with scripted(reply({"detail": "no track"}, 404)) as server, client(server) as found:
        with pytest.raises(NotFound):
            found.track(track_id)
        assert server.asked[0].path == f"/v1/tracks/{path}"


def event(kind: str, **job: object) -> bytes:
    return f"event: {kind}\ndata: {reply({**PIECE, **job}).body.decode()}\n\n".encode()


def test_progress_that_breaks_off_is_taken_up_again() -> None:
    begun = Reply(body=event("progress", state="running", progress=0.2) + b": still here\n\n")
    torn = Reply(body=event("progress", state="running", progress=0.4), announced=9_999)
    ended = Reply(body=event("end", state="done", progress=1.0, generation_id="g1"))
    with scripted(begun, torn, ended) as server, client(server) as found:
        seen = list(found.follow("j1"))
    assert [job.progress for job in seen] == [0.2, 0.4, 1.0]
    assert seen[-1].generation_id == "g1"
    assert {asked.path for asked in server.asked} == {"/v1/jobs/j1/events"}


def test_progress_that_never_ends_is_given_up() -> None:
    silent, no = Reply(body=b": nothing\n\n"), pytest.raises(Unreachable, match="breaks off")
    with scripted(silent) as server, client(server, retries=2) as found, no:
        list(found.follow("j1"))
    assert len(server.asked) == 3


def test_a_job_that_fails_says_why() -> None:
    accepted = reply({**PIECE, "state": "queued"}, 202)
    failed = Reply(body=event("end", state="failed", error="no weights at hand"))
    seen = []
    no = pytest.raises(JobFailed, match="no weights at hand")
    with scripted(accepted, failed) as server, client(server) as found, no as raised:
        found.generate("house", progress=lambda job: seen.append(job.state))
    assert raised.value.job.state == "failed"
    assert seen == ["failed"]


def test_a_file_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    torn, whole = Reply(body=b"RIFF", announced=100), Reply(body=b"RIFF....")
    target = tmp_path / "new" / "mix.wav"
    with scripted(torn, whole) as server, client(server) as found:
        with pytest.raises(Unreachable):
            found.download("g1", "mix.wav", target)
        assert list(target.parent.iterdir()) == []
        found.download("g1", "mix.wav", target)
    assert target.read_bytes() == b"RIFF...."
    assert list(target.parent.iterdir()) == [target]


@pytest.mark.parametrize("name", ["../mix.wav", "/etc/passwd", "stems/../../x", "a\\b", "C:x", ""])
def test_a_service_does_not_say_where_files_go(tmp_path: Path, name: str) -> None:
    with scripted(Reply(body=b"evil")) as server, client(server) as found:
        with pytest.raises(UnexpectedAnswer, match="no file of a generation"):
            found.download_some("g1", ["mix.wav", name], tmp_path / "into")
        assert server.asked == []
    assert list(tmp_path.iterdir()) == []


def test_answers_to_sql_keep_their_types() -> None:
    import pyarrow as pa

    columns = {
        "n": "int32",
        "f": "float",
        "d": "decimal128(5, 2)",
        "day": "date32[day]",
        "at": "timestamp[us, tz=UTC]",
        "null": "null",
        "l": "list<l: int64>",
    }
    row = {
        "n": 3,
        "f": 0.10000000149011612,
        "d": "1.50",
        "day": "2020-01-01",
        "at": "2020-01-01T10:00:00+00:00",
        "null": None,
        "l": [1, None],
    }
    facts = {"snapshot": 1, "truncated": False}
    named = [{"name": name, "type": kind} for name, kind in columns.items()]
    found = as_table(SqlAnswer.model_validate({**facts, "columns": named, "rows": [row]}))
    types = [str(field.type) for field in found.schema]
    expected = [*columns.values()]
    expected[-2:] = ["string", "list<item: int64>"]
    assert types == expected
    assert found.column("f").to_pylist() == [row["f"]]
    empty = as_table(SqlAnswer.model_validate({**facts, "columns": named, "rows": []}))
    assert empty.column_names == list(columns)
    assert empty.schema.field("n").type == pa.int32()


def test_a_batch_tells_answers_and_reasons() -> None:
    lines = b'{"line": 1, "id": "a", "reason": "prompt: empty", "text": ""}\n\n'
    with scripted(Reply(body=lines)) as server, client(server) as found:
        [only] = found.batch(iter(["", {"prompt": "house", "bpm": 124}][:1]))
        assert (only.line, only.id, only.conditioning, only.reason) == (
            1,
            "a",
            None,
            "prompt: empty",
        )
        server.replies[:] = [Reply(body=b"<html>\n")]
        with pytest.raises(UnexpectedAnswer):
            list(found.batch(["house"]))
