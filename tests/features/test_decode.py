"""Every file of the corpus ends as audio, as partial audio or as an error with its reason."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pipelines.audio.decode import decode
from pipelines.audio.hashing import audio_hash, file_hash
from pipelines.audio.probe import is_audio, probe
from pipelines.audio.take import DecodeLimits
from pipelines.features.extract import extract
from schemas.errors import AudioError
from schemas.outcomes import RejectReason, Stage
from tests.features import corpus

WHOLE = {
    "whole.ogg": "vorbis",
    "whole.opus": "opus",
    "whole.mp3": "mp3",
    "long.mp3": "mp3",
    "whole.flac": "flac",
    "whole.wav": "pcm_16",
    "whole.aiff": "pcm_16",
    "whole.m4a": "aac",
    "whole.mka": "aac",
    "lossless.m4a": "alac",
    "flac-inside.mp3": "flac",
    "no-extension": "vorbis",
    "junk-before.mp3": "mp3",
    "24-bit.wav": "pcm_24",
    "8-bit.wav": "pcm_u8",
    "six-channels.wav": "pcm_16",
    "8k.wav": "pcm_16",
    "96k.wav": "pcm_16",
    "one-sample.wav": "pcm_16",
}
PARTIAL = {
    "half.ogg": RejectReason.TRUNCATED,
    "half.mp3": RejectReason.TRUNCATED,
    "half.flac": RejectReason.TRUNCATED,
    "half.wav": RejectReason.TRUNCATED,
    "half.aiff": RejectReason.TRUNCATED,
    "lying.wav": RejectReason.TRUNCATED,
    "scratched.mp3": RejectReason.UNDECODABLE,
    "scratched.flac": RejectReason.UNDECODABLE,
}
REJECTED = {
    "zero.ogg": RejectReason.EMPTY_FILE,
    "garbage.mp3": RejectReason.NOT_AUDIO,
    "text.wav": RejectReason.NOT_AUDIO,
    "tags.mp3": RejectReason.NOT_AUDIO,
    "nan.wav": RejectReason.NON_FINITE,
    "inf.wav": RejectReason.NON_FINITE,
    "no-samples.wav": RejectReason.NO_SAMPLES,
    "header.wav": RejectReason.NO_SAMPLES,
    "header.flac": RejectReason.UNDECODABLE,
}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return corpus.build(tmp_path_factory.mktemp("corpus"))


def test_the_corpus_is_covered(files: dict[str, Path]) -> None:
    assert set(files) == {*WHOLE, *PARTIAL, *REJECTED}


@pytest.mark.parametrize("name", WHOLE)
def test_whole_files(files: dict[str, Path], name: str, capfd: pytest.CaptureFixture[str]) -> None:
    found = decode(files[name])
    assert (found.codec, found.partial_reason, found.detail) == (WHOLE[name], None, "")
    looked = probe(files[name])
    assert looked.codec == found.codec
    assert looked.channels == found.audio.channels
    assert looked.sample_rate_hz == found.audio.sample_rate_hz
    assert looked.declared_duration_s == found.audio.declared_duration_s
    assert found.audio.duration_s == pytest.approx(looked.declared_duration_s, abs=0.06)
    assert extract(found.audio)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("name", PARTIAL)
def test_damaged_files_are_partial(
    files: dict[str, Path], name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    found = decode(files[name])
    assert found.partial_reason is PARTIAL[name]
    assert found.detail
    assert found.audio.duration_s > 0.4 * corpus.SECONDS
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("name", REJECTED)
def test_unusable_files_are_rejected_with_a_reason(
    files: dict[str, Path], name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(AudioError, match=name) as caught:
        decode(files[name])
    assert caught.value.reason is REJECTED[name]
    assert capfd.readouterr() == ("", "")


def test_unreadable(tmp_path: Path) -> None:
    for path in (tmp_path / "absent.ogg", tmp_path):
        with pytest.raises(AudioError) as caught:
            decode(path)
        assert (caught.value.reason, caught.value.stage) == (RejectReason.UNREADABLE, Stage.PROBE)


def test_a_promise_that_was_not_kept_is_kept_on_record(files: dict[str, Path]) -> None:
    assert decode(files["half.wav"]).audio.declared_duration_s == pytest.approx(corpus.SECONDS)
    assert decode(files["half.ogg"]).audio.declared_duration_s is None  # its last page is gone
    assert extract(decode(files["half.mp3"]).audio)["duration_ratio"] == pytest.approx(0.5, abs=0.1)


@pytest.mark.parametrize("name", ["whole.wav", "whole.mp3", "whole.m4a"])
def test_limits_hold_while_decoding(files: dict[str, Path], name: str) -> None:
    for limits, reason in (
        (DecodeLimits(max_duration_s=5), RejectReason.TOO_LONG),
        (DecodeLimits(max_values=500_000), RejectReason.TOO_LONG),
        (DecodeLimits(max_channels=1), RejectReason.TOO_MANY_CHANNELS),
    ):
        with pytest.raises(AudioError) as caught:
            decode(files[name], limits=limits)
        assert (caught.value.reason, caught.value.stage) == (reason, Stage.DECODE)


def test_content_decides_what_is_audio(files: dict[str, Path]) -> None:
    no_audio = {"zero.ogg", "garbage.mp3", "text.wav", "tags.mp3"}
    assert {name for name, path in files.items() if not is_audio(path)} == no_audio


def test_one_sound_has_one_hash_in_every_lossless_form(files: dict[str, Path]) -> None:
    names = ("whole.wav", "whole.flac", "whole.aiff", "lossless.m4a", "flac-inside.mp3")
    assert len({audio_hash(decode(files[name]).audio) for name in names}) == 1
    assert len({file_hash(files[name]) for name in names}) == 4
    assert len(file_hash(files["whole.wav"])) == 32
    assert audio_hash(decode(files["whole.wav"]).audio) != audio_hash(decode(files["8k.wav"]).audio)


def test_16_bit_samples_are_exact(files: dict[str, Path]) -> None:
    import soundfile

    theirs, _ = soundfile.read(files["whole.flac"], dtype="float32", always_2d=True)
    ours = decode(files["whole.flac"]).audio.samples
    np.testing.assert_array_equal(ours, theirs.T)
