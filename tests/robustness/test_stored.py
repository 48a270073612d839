"""After an ingest of damaged and odd files: the counts add up, and SQL finds what is wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import soundfile

from benchmarks._robustness_bases import RATE_HZ, sound
from pipelines.ingest import ingest
from schemas.outcomes import Outcome
from schemas.settings import Settings
from warehouse.audits import run_audits
from warehouse.lake import Lake
from warehouse.location import Location

QUALITY = """
SELECT replace(f.uri, '{folder}/', '') AS name, q.clip_ratio, q.silence_ratio,
       q.phase_correlation, q.effective_bandwidth_hz, q.duration_ratio, r.reason
FROM files AS f
JOIN features_quality AS q USING (track_id)
LEFT JOIN rejects AS r ON r.uri = f.uri AND NOT r.resolved
ORDER BY name
"""


def upsampled(tone: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """As a file of 8 kHz that somebody saved at 44.1 kHz: nothing above 4 kHz."""
    import soxr

    low: npt.NDArray[Any] = soxr.resample(tone, RATE_HZ, 8_000)
    high: npt.NDArray[Any] = soxr.resample(low, 8_000, RATE_HZ)
    return high


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "music"
    folder.mkdir()
    tone = 0.5 * sound(3.0).astype(np.float32) / 32_768
    noise = np.random.default_rng(1).normal(0, 0.1, tone.shape).astype(np.float32)
    for name, samples in {
        "plain": tone + 0.1 * noise,
        "clipped": (20 * tone).clip(-1, 1),
        "half-silent": np.vstack([tone, 0 * tone]),
        "antiphase": np.stack([tone[:, 0], -tone[:, 0]], axis=1),
        "upsampled": upsampled(tone + noise),
        "cut": tone[::-1],
    }.items():
        # In 24 bits, so that no rounding noise lies above what was upsampled.
        soundfile.write(folder / f"{name}.wav", samples, RATE_HZ, subtype="PCM_24")
    whole = (folder / "cut.wav").read_bytes()
    (folder / "cut.wav").write_bytes(whole[: 44 + (len(whole) - 44) // 4 * 3])
    (folder / "empty.mp3").touch()
    (folder / "playlist.mp3").write_text(f"#EXTM3U\n{folder}/plain.wav\n")
    return folder


@pytest.mark.slow
def test_quality_is_stored_and_can_be_asked_for(settings: Settings, folder: Path) -> None:
    report = ingest(settings, [folder])
    assert report.counts == {Outcome.ACCEPTED: 5, Outcome.PARTIAL: 1, Outcome.REJECTED: 2}
    assert report.counts.total() == report.discovered
    with Lake.open(Location.from_settings(settings), read_only=True) as lake:
        assert not [audit.name for audit in run_audits(lake) if not audit.passed]
        rows = lake.query(QUALITY.format(folder=folder)).to_pylist()
        refused = lake.query("SELECT reason, detail FROM rejects WHERE stage = 'probe'")
    assert {row["reason"] for row in refused.to_pylist()} == {"empty_file", "not_audio"}
    assert all(row["detail"] for row in refused.to_pylist())
    found = {row["name"].removesuffix(".wav"): row for row in rows}
    plain = found["plain"]
    assert plain["clip_ratio"] == 0
    assert found["clipped"]["clip_ratio"] > 0.1
    assert plain["silence_ratio"] < 0.1
    assert found["half-silent"]["silence_ratio"] == pytest.approx(0.5, abs=0.05)
    assert found["antiphase"]["phase_correlation"] == pytest.approx(-1, abs=1e-3)
    assert plain["phase_correlation"] > 0
    assert found["upsampled"]["effective_bandwidth_hz"] == pytest.approx(4_000, rel=0.15)
    assert plain["effective_bandwidth_hz"] > 15_000
    assert plain["duration_ratio"] == pytest.approx(1)
    assert found["cut"]["duration_ratio"] == pytest.approx(0.75, abs=0.01)
    assert {name for name, row in found.items() if row["reason"]} == {"cut"}
    assert found["cut"]["reason"] == "truncated"
