"""`--like FILE`: a recording to start from, on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest
import soundfile
from click.testing import CliRunner

from schemas.answers import ConditioningVector
from schemas.errors import AudioError, InputError
from schemas.settings import Settings
from service.cli.condition import command
from tests.features import synth


def run(home: Path, *arguments: str) -> str:
    done = CliRunner().invoke(command, arguments, obj=Settings(home=home), catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def test_like_a_recording_but_faster(tmp_path: Path) -> None:
    clip = tmp_path / "clip.wav"
    song = synth.song(120, 9, False, 8.0)
    soundfile.write(clip, song.samples.T, song.sample_rate_hz)
    like, faster = (
        ConditioningVector.model_validate_json(run(tmp_path, words, "--like", str(clip)))
        for words in ("like this", "like this, but 10% faster")
    )
    assert like.references[0].kind == "audio"
    before, after = (v.features["tempo_bpm"].value for v in (like, faster))
    assert before is not None
    assert after == pytest.approx(1.1 * before, rel=2e-3)
    assert before == pytest.approx(120, rel=0.02)
    assert like.features["brightness_hz"] == faster.features["brightness_hz"]
    table = run(tmp_path, "like this", "--like", str(clip), "--format", "table")
    assert "the recording, 0.90" in table


def test_like_what_cannot_be(tmp_path: Path) -> None:
    with pytest.raises(AudioError, match="no such file"):
        run(tmp_path, "like this", "--like", str(tmp_path / "none.wav"))
    with pytest.raises(InputError, match="leave out --like"):
        run(tmp_path, "like this", "--like", str(tmp_path / "none.wav"), "--guidance")
