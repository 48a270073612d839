"""Sound that is sent, and heard: a hum becomes notes, a file becomes features."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from wordtone_client.connection import Connection, Parameters
from wordtone_client.models import AnalysisReport, Transcription

Recording = Path | bytes
"""A file, or its bytes."""


class Listening(Connection):
    """Methods of `Client` that send sound. The service keeps none of it."""

    def transcribe(
        self,
        recording: Recording,
        kind: Literal["auto", "line", "mix"] = "auto",
        tempo_bpm: float | None = None,
        taps: Sequence[float] = (),
    ) -> Transcription:
        """The melody of a recording: notes, key and tempo.

        Parameters
        ----------
        recording : at most 32 MiB
        kind : line: one voice or instrument; mix: the most salient of several
        tempo_bpm : of the grid, 30 … 300
        taps : times of beats, s; instead of a tempo

        Raises
        ------
        InvalidRequest
            When it is no sound, or too large.
        """
        content, name = _read(recording)
        given: Parameters = {
            "kind": kind,
            "tempo_bpm": tempo_bpm,
            "taps": ",".join(map(str, taps)) or None,
            "name": name,
        }
        return self._upload("/v1/transcribe", Transcription, content, given)

    def analyse(self, recording: Recording, groups: Sequence[str] = ()) -> AnalysisReport:
        """Everything that is measured on a recording of at most 256 MiB; see `transcribe`."""
        content, name = _read(recording)
        given: Parameters = {"groups": ",".join(groups) or None, "name": name}
        return self._upload("/v1/analyse", AnalysisReport, content, given)


def _read(recording: Recording) -> tuple[bytes, str | None]:
    if isinstance(recording, Path):
        return recording.read_bytes(), recording.name[:200]
    return recording, None
