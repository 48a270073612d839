"""What a file refers to is not opened; what is no plain file does not keep anybody waiting."""

from __future__ import annotations

import os
import time
from pathlib import Path

import av
import pytest

from benchmarks._robustness_attacks import SECRET, attacks
from benchmarks._robustness_bases import Base, by_libsndfile, sound
from benchmarks._robustness_corpus import Listener
from pipelines.audio.decode import decode
from pipelines.audio.hashing import audio_hash
from pipelines.audio.libav import open_av
from schemas.errors import AudioError
from schemas.outcomes import RejectReason


def test_no_playlist_or_reference_is_followed(whole: dict[str, Base], tmp_path: Path) -> None:
    secret = tmp_path / SECRET
    secret.write_bytes(by_libsndfile(sound(seed=5), "WAV", "PCM_16"))
    stolen, own, reasons = audio_hash(decode(secret).audio), 0, []
    with Listener() as listener:
        for case in attacks(whole, tmp_path, listener.port):
            case.write(tmp_path / case.name)
            try:
                found = decode(tmp_path / case.name)
            except AudioError as error:
                reasons.append(error.reason)
            else:
                assert audio_hash(found.audio) != stolen, case.name
                own += 1
        assert listener.calls == 0
    assert len(reasons) > 60
    assert set(reasons) <= {RejectReason.NOT_AUDIO, RejectReason.UNDECODABLE}
    assert own <= 2, "the MP4 files with foreign data references: their own samples"


def test_libav_itself_would_have_followed_them(whole: dict[str, Base], tmp_path: Path) -> None:
    """The attack is real: opened without our care, the playlist plays the other file."""
    (tmp_path / SECRET).write_bytes(by_libsndfile(sound(seed=5), "WAV", "PCM_16"))
    playlist = tmp_path / "list.mp3"
    playlist.write_text(f"ffconcat version 1.0\nfile {SECRET}\n")
    with av.open(str(playlist)) as opened:
        assert opened.format.name == "concat"
        assert sum(frame.samples for frame in opened.decode(audio=0)) > 0
    for container in ("mpeg", "wav", "mp4", "matroska", "musepack"):
        with pytest.raises(av.FFmpegError), open_av(playlist, container) as opened:
            list(opened.decode(audio=0))


@pytest.mark.parametrize("name", ["concat:a|b.m4a", "pipe:0", "data:audio.m4a", "%03d.m4a"])
def test_a_name_is_no_protocol(
    whole: dict[str, Base], tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / name).write_bytes(whole["M4A"].data)
    monkeypatch.chdir(tmp_path)
    assert decode(Path(name)).partial_reason is None


def test_a_fifo_or_device_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo.mp3")
    (tmp_path / "zero.wav").symlink_to("/dev/zero")
    started = time.monotonic()
    for name in ("fifo.mp3", "zero.wav"):
        with pytest.raises(AudioError, match="not a regular file") as caught:
            decode(tmp_path / name)
        assert caught.value.reason is RejectReason.UNREADABLE
    assert time.monotonic() - started < 1


def test_a_nul_in_a_name_is_a_reason() -> None:
    with pytest.raises(AudioError) as caught:
        decode(Path("a\0b.mp3"))
    assert caught.value.reason is RejectReason.UNREADABLE
