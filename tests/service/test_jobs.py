"""Generation by HTTP, with the engine that ships: jobs, progress, cancelling, results, restarts."""

from __future__ import annotations

import io
import json
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mido
import numpy as np
import pytest
import soundfile
from fastapi.testclient import TestClient

from schemas.errors import BusyError
from schemas.generation import GenerationResult
from schemas.settings import Settings
from service.http.app import create_app
from service.jobs.job import JobFolder, JobState, Task
from service.jobs.runner import Runner

TECHNO = Task.model_validate(
    {"request": {"prompt": {"text": "techno"}, "duration_s": 120, "candidates": 16}}
)
SHORT = {"question": {"prompt": "UK garage with trumpets", "bpm": 130, "duration_s": 5}, "seed": 7}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("service")


@pytest.fixture(scope="module")
def client(home: Path) -> Iterator[TestClient]:
    with TestClient(create_app(Settings(home=home))) as client:
        yield client


@pytest.fixture(scope="module")
def made(client: TestClient) -> dict[str, Any]:
    """A job seen through, with the events that told of it."""
    asked = client.post("/v1/generate", json=SHORT)
    assert asked.status_code == 202, asked.text
    where = asked.headers["location"]
    events = client.get(f"{where}/events").text
    return {"job": client.get(where).json(), "events": events}


def test_a_job_is_told_from_beginning_to_end(made: dict[str, Any]) -> None:
    blocks = [block for block in made["events"].split("\n\n") if block.startswith("event")]
    told = [json.loads(block.split("data: ", 1)[1]) for block in blocks]
    assert blocks[-1].startswith("event: end")
    assert told[-1] == made["job"]
    assert made["job"]["state"] == "done"
    shares = [job["progress"] for job in told]
    assert shares == sorted(shares)
    assert shares[-1] == 1


def test_what_was_made_is_offered(client: TestClient, made: dict[str, Any]) -> None:
    base = f"/v1/generations/{made['job']['generation_id']}"
    result = GenerationResult.model_validate(client.get(base).json())
    assert result.seed == 7
    tempo = next(f for f in result.features if f.feature == "tempo_bpm")
    assert tempo.hit
    mix = soundfile.info(io.BytesIO(client.get(f"{base}/mix.wav").content))
    assert mix.duration >= 5
    stems = [file.path for file in result.audio if file.stem]
    assert stems
    for path in stems:
        answer = client.get(f"{base}/{path}")
        assert answer.headers["content-type"] == "audio/wav"
        assert soundfile.info(io.BytesIO(answer.content)).frames == mix.frames
    notes = mido.MidiFile(file=io.BytesIO(client.get(f"{base}/mix.mid").content))
    assert sum(message.type == "note_on" for message in notes) > 10
    names = zipfile.ZipFile(io.BytesIO(client.get(f"{base}/daw.zip").content)).namelist()
    assert any(name.endswith(".mid") for name in names)
    part = client.get(f"{base}/mix.wav", headers={"Range": "bytes=0-99"})
    assert (part.status_code, len(part.content)) == (206, 100)
    assert client.get("/v1/generations").json()[0]["generation_id"] == result.generation_id


def test_a_stem_is_drawn_anew_and_the_rest_stays(client: TestClient, made: dict[str, Any]) -> None:
    base = f"/v1/generations/{made['job']['generation_id']}"
    asked = client.post(f"{base}/edit", json={"regenerate_stems": ["drums"], "seed": 3})
    assert asked.status_code == 202, asked.text
    client.get(f"{asked.headers['location']}/events")
    job = client.get(asked.headers["location"]).json()
    assert job["state"] == "done", job
    after = f"/v1/generations/{job['generation_id']}"
    for stem, same in (("bass", True), ("drums", False)):
        audio = [
            soundfile.read(io.BytesIO(client.get(f"{where}/stems/{stem}.wav").content))[0]
            for where in (base, after)
        ]
        assert np.array_equal(*audio) == same, stem
    nothing = client.post(f"{base}/edit", json={})
    assert nothing.status_code == 422


@pytest.mark.parametrize(
    "path",
    [
        "/v1/generations/latest/result.json",
        "/v1/generations/latest/mix.json",
        "/v1/generations/latest/stems/..%2Fresult.json",
        "/v1/generations/..%2F..%2Fetc/mix.wav",
        "/v1/generations/20260101T000000000000-00000000",
        "/v1/jobs/20260101T000000000000-00000000",
        "/v1/jobs/..%2F..%2Fsettings",
    ],
)
def test_nothing_else_is_offered(client: TestClient, made: dict[str, Any], path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({}, "question or request"),
        ({**SHORT, "request": {"prompt": {"text": "x"}}}, "question or request"),
        ({**SHORT, "engine": "musicgen"}, "this service runs embedded"),
        ({**SHORT, "candidates": 99}, "candidates"),
        ({**SHORT, "seeds": 1}, "seeds"),
        ({"question": {"prompt": "x", "bpm": 900}}, "30 … 300"),
    ],
)
def test_a_wrong_question_makes_no_job(client: TestClient, body: Any, says: str) -> None:
    answer = client.post("/v1/generate", json=body)
    assert answer.status_code == 422
    assert says in answer.json()["detail"]


def test_a_running_job_is_cancelled_and_the_next_one_runs(client: TestClient) -> None:
    long = {"question": {"prompt": "techno", "duration_s": 120}, "candidates": 16}
    job = client.post("/v1/generate", json=long).json()["job_id"]
    _until(lambda: client.get(f"/v1/jobs/{job}").json()["state"] == "running")
    client.delete(f"/v1/jobs/{job}")
    _until(lambda: client.get(f"/v1/jobs/{job}").json()["state"] == "cancelled")
    after = client.post("/v1/generate", json=SHORT).json()["job_id"]
    assert '"state":"done"' in client.get(f"/v1/jobs/{after}/events").text


def test_what_cannot_be_made_fails_in_words(client: TestClient) -> None:
    wrong = {**SHORT, "preset": "no-such-preset"}
    job = client.post("/v1/generate", json=wrong).json()["job_id"]
    client.get(f"/v1/jobs/{job}/events")
    found = client.get(f"/v1/jobs/{job}").json()
    assert found["state"] == "failed"
    assert "no-such-preset" in found["error"]


def test_conditioning_is_answered_while_a_piece_is_made(client: TestClient) -> None:
    long = {"question": {"prompt": "techno", "duration_s": 120}, "candidates": 16}
    job = client.post("/v1/generate", json=long).json()["job_id"]
    _until(lambda: client.get(f"/v1/jobs/{job}").json()["state"] == "running")
    assert client.post("/v1/conditioning", json={"prompt": "jazz"}).status_code == 200
    assert client.get(f"/v1/jobs/{job}").json()["state"] == "running"
    assert 'wordtone_jobs{state="running"} 1.0' in client.get("/metrics").text
    client.delete(f"/v1/jobs/{job}")


def test_a_full_queue_says_so(tmp_path: Path) -> None:
    runner = Runner(Settings(home=tmp_path, queued_jobs=2))
    for _ in range(2):
        runner.submit(TECHNO)
    with pytest.raises(BusyError, match="2 jobs are waiting"):
        runner.submit(TECHNO)


def test_jobs_of_a_service_that_died_are_done_by_the_next(
    client: TestClient, tmp_path: Path
) -> None:
    settings = Settings(home=tmp_path)
    vector = client.post("/v1/conditioning", json=SHORT["question"]).json()
    folder = JobFolder(tmp_path / "jobs")
    job = folder.add(Task.model_validate({"request": vector}))
    folder.save(job.model_copy(update={"state": JobState.RUNNING, "progress": 0.5}))
    runner = Runner(settings)
    runner.start()
    _until(lambda: _state(runner, job.job_id).ended)
    assert _state(runner, job.job_id) is JobState.DONE
    assert folder.task(job.job_id) is None, "the prompt is not kept once it has been answered"
    runner.stop()


def test_a_stopped_service_keeps_what_it_did_not_finish(tmp_path: Path) -> None:
    runner = Runner(Settings(home=tmp_path))
    runner.start()
    job = runner.submit(TECHNO).job_id
    _until(lambda: _state(runner, job) is JobState.RUNNING)
    runner.stop(finish_s=0.0)
    assert [left.job_id for left in JobFolder(tmp_path / "jobs").unfinished()] == [job]
    with pytest.raises(BusyError):
        runner.submit(TECHNO)


def _state(runner: Runner, job_id: str) -> JobState:
    found = runner.job(job_id)
    assert found is not None
    return found.state


def _until(true: Any) -> None:
    deadline = time.monotonic() + 120
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)
