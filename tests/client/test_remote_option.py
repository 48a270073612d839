"""--remote without a service: what is refused before anything is sent, and what fails in words."""

from __future__ import annotations

import pytest

from service.cli.main import ANYWHERE, COMMANDS, REMOTE
from tests.client.scripted import Reply, reply, scripted
from tests.service.conftest import Run

NOBODY = "http://127.0.0.1:9"


def test_nobody_there_is_one_sentence(wordtone: Run) -> None:
    done = wordtone("--remote", NOBODY, "condition", "house")
    assert done.returncode == 1
    assert done.stderr.startswith(f"wordtone: {NOBODY}: cannot be reached")
    assert done.stderr.count("\n") == 1


def test_a_token_does_not_travel_in_the_clear(wordtone: Run) -> None:
    remote = {"WORDTONE_REMOTE": "http://music.example", "WORDTONE_REMOTE_TOKEN": "s3cret"}
    done = wordtone("models", **remote)
    assert done.returncode == 2
    assert "in the clear" in done.stderr
    assert "s3cret" not in done.stderr
    shown = wordtone("doctor", **remote)
    assert "s3cret" not in shown.stdout


@pytest.mark.slow
def test_a_fault_of_the_service_is_told_with_its_request(wordtone: Run) -> None:
    with scripted(reply({"detail": "disk full"}, 500, X_Request_ID="r7")) as server:
        done = wordtone("--remote", server.address, "models")
    assert done.returncode == 1
    assert f"{server.address}: disk full" in done.stderr
    assert "r7" in done.stderr


@pytest.mark.slow
def test_something_else_than_wordtone(wordtone: Run) -> None:
    with scripted(Reply(body=b"<html>")) as server:
        done = wordtone("--remote", server.address, "models")
    assert (done.returncode, "is it wordtone" in done.stderr) == (1, True)


def test_what_no_service_answers_is_not_done_here_instead(wordtone: Run) -> None:
    done = wordtone("status", WORDTONE_REMOTE=NOBODY)
    assert done.returncode == 2
    assert "not with --remote" in done.stderr
    # Help is for everybody.
    assert wordtone("status", "--help", WORDTONE_REMOTE=NOBODY).returncode == 0


def test_every_command_is_sorted() -> None:
    assert set(COMMANDS) >= REMOTE | ANYWHERE
    assert not REMOTE & ANYWHERE
