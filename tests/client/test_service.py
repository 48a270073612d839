"""The client against a real service: everything that people do."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import mido
import pytest
import soundfile

from wordtone_client import Client, InvalidRequest, Making, NotFound, as_table
from wordtone_client.models import GenerationResult, Job

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def told() -> list[Job]:
    return []


@pytest.fixture(scope="module")
def piece(service: Client, told: list[Job]) -> GenerationResult:
    making = Making(seed=7)
    return service.generate("UK garage", making, told.append, bpm=130, duration_s=4)


def test_a_prompt_is_answered_moved_and_taken_apart(service: Client) -> None:
    vector = service.condition("dark ambient", bpm=72, vocals="off", locks={"energy": 0.2})
    assert vector.features["tempo_bpm"].value == 72
    assert vector.features["energy"].value == 0.2
    assert len(vector.vector.key_probabilities) == 24
    moved = service.refine(vector, "brighter", locks=["key"])
    change = next(c for c in moved.changes if c.feature == "brightness_hz")
    assert change.after > change.before
    assert moved.vector.key == vector.key
    further = service.refine(moved.vector, "slower")
    assert further.vector.features["tempo_bpm"].value < 72  # type: ignore[operator]
    effects = service.explain("slow dark ambient").phrases
    assert {"slow", "dark"} <= {phrase.text for phrase in effects}
    assert service.guidance("guitar").unsaid


def test_refusals_say_what_is_valid(service: Client) -> None:
    with pytest.raises(InvalidRequest, match="30 … 300") as raised:
        service.condition("house", bpm=900)
    assert raised.value.request_id
    with pytest.raises(InvalidRequest, match="bmp"):
        service.condition("house", bmp=124)  # type: ignore[call-arg]
    with pytest.raises(InvalidRequest, match="SELECT"):
        service.query("DROP TABLE music")
    for missing in (service.track, service.similar, service.generation, service.job):
        with pytest.raises(NotFound):
            missing("../nonesuch")


def test_a_batch_is_the_same_as_single_questions(service: Client) -> None:
    asked = ["dark ambient", {"prompt": "house", "id": "b", "bpm": 124}, {"prompt": ""}]
    answers = list(service.batch(iter(asked)))
    assert [answer.line for answer in answers] == [1, 2, 3]
    assert answers[0].conditioning == service.condition("dark ambient")
    assert answers[1].id == "b"
    assert answers[1].conditioning == service.condition("house", bpm=124)
    assert "empty" in (answers[2].reason or "")


def test_the_catalogue_is_read(service: Client) -> None:
    first, second = service.tracks(limit=2)
    assert service.tracks(limit=1, offset=1) == [second]
    assert service.track(first.track_id).title == first.title
    hits = service.search("ambient", limit=5, where=["tempo_bpm=30..300"])
    assert hits
    assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))
    near = service.similar(first.track_id, limit=3).tracks
    assert len(near) == 3
    assert first.track_id not in {track.track_id for track in near}
    assert service.models()[0].state == "current"
    assert "embedded" in {engine.engine for engine in service.engines()}
    assert "ConditioningVector" in service.schemas()
    assert service.health().status == "ok"


def test_sql_answers_as_a_table(service: Client) -> None:
    answer = service.query("SELECT track_id, tempo_bpm FROM track_features ORDER BY 1", rows=3)
    assert answer.truncated
    table = as_table(answer)
    assert table.num_rows == 3
    assert [str(kind) for kind in table.schema.types] == ["string", "double"]


def test_music_is_made_told_and_fetched(
    service: Client, piece: GenerationResult, told: list[Job], tmp_path: Path
) -> None:
    shares = [job.progress for job in told]
    assert shares == sorted(shares)
    assert told[-1].state == "done"
    assert piece == service.generation(piece.generation_id)
    assert piece.generation_id in {one.generation_id for one in service.generations()}
    written = service.download_all(piece, tmp_path)
    names = {str(path.relative_to(tmp_path)) for path in written}
    assert {"mix.wav", "mix.mid"} < names
    assert soundfile.info(tmp_path / "mix.wav").duration == pytest.approx(4, abs=1)
    assert mido.MidiFile(tmp_path / "mix.mid").tracks
    service.download(piece.generation_id, "daw.zip", tmp_path / "daw.zip")
    assert zipfile.ZipFile(tmp_path / "daw.zip").testzip() is None


def test_a_piece_is_edited(service: Client, piece: GenerationResult, tmp_path: Path) -> None:
    job = service.edit(piece.generation_id, regenerate_stems=["drums"], seed=9)
    edited = service.wait(job)
    assert edited.provenance.parents == [piece.generation_id]
    for one in (piece, edited):
        names = ["stems/bass.wav", "stems/drums.wav"]
        service.download_some(one.generation_id, names, tmp_path / one.generation_id)
    bass, drums = (
        [
            (tmp_path / one.generation_id / "stems" / name).read_bytes()[200:]
            for one in (piece, edited)
        ]
        for name in ("bass.wav", "drums.wav")
    )
    assert soundfile.info(tmp_path / edited.generation_id / "stems" / "bass.wav").frames > 0
    assert len(bass[0]) == len(bass[1])
    assert drums[0] != drums[1]


def test_a_job_is_cancelled(service: Client) -> None:
    job = service.submit("techno", Making(candidates=16), duration_s=120)
    service.cancel(job.job_id)
    assert [*service.follow(job.job_id)][-1].state == "cancelled"


def test_a_listener_is_heard(service: Client, piece: GenerationResult) -> None:
    assert piece.generation_id in {one.generation_id for one in service.unreviewed()}
    said = {"rating": 0.75, "feature": "energy", "heard": "higher", "reviewer": "anna"}
    assert service.review(piece.generation_id, **said).changed  # type: ignore[arg-type]
    assert not service.review(piece.generation_id, **said).changed  # type: ignore[arg-type]
    assert "anna" in service.findings().listeners
    assert piece.generation_id not in {one.generation_id for one in service.unreviewed()}


def test_sound_is_sent_and_heard(service: Client, tmp_path: Path) -> None:
    import numpy as np

    seconds = np.arange(44_100) / 22_050
    hum = tmp_path / "hum.wav"
    soundfile.write(hum, 0.5 * np.sin(2 * np.pi * 220 * seconds), 22_050)
    heard = service.transcribe(hum, kind="line", tempo_bpm=120)
    assert {note.pitch for note in heard.notes} == {57}
    assert service.transcribe(hum.read_bytes(), kind="line", tempo_bpm=120).notes == heard.notes
    [report] = service.analyse(hum, groups=["loudness"]).files
    assert report.features
    job = service.submit("slow piano", Making(melody=heard, seed=3), duration_s=4)
    service.cancel(job.job_id)
    with pytest.raises(InvalidRequest):
        service.transcribe(b"no sound at all")


def test_the_documented_example_runs(service: Client, tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "client.md").read_text()
    code = page.split("```python\n")[1].split("```")[0]
    code = code.replace("http://127.0.0.1:8000", service.address)
    code = code.replace("duration_s=15", "duration_s=4")
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "tempo 130 BPM" in done.stdout
    assert soundfile.info(tmp_path / "garage.wav").frames > 0
