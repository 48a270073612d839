"""Opens a file with libav, through PyAV, without letting its content choose what is opened next.

Left to itself libav guesses the format from the content and the name: a text file called .mp3 can
be a playlist (HLS, DASH, ffconcat, SDP) that makes it read other files or connect to a host, and
a name such as `concat:a|b` is a protocol. So the demuxer is named by us, no other may be opened
inside it, and the only protocol is the file itself. Data references of QuickTime to other files
are off by libav's own default (`enable_drefs`).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

DEMUXERS = {
    "wav": "wav",
    "aiff": "aiff",
    "flac": "flac",
    "ogg": "ogg",
    "matroska": "matroska",
    "asf": "asf",
    "caf": "caf",
    "au": "au",
    "wavpack": "wv",
    "ape": "ape",
    "tta": "tta",
    "amr": "amr",
    "dsf": "dsf",
    "w64": "w64",
    "mp4": "mov",
    "mpeg": "mp3",
    "aac": "aac",
}
"""libav's demuxer for each container that `recognise` names."""

_MUSEPACK = {b"MPCK": "mpc8", b"MP+": "mpc"}


def open_av(path: Path, container: str) -> Any:
    """Open `path`, a `container` by its content, as an `av.container.InputContainer`.

    Raises
    ------
    av.FFmpegError
        When libav makes no sense of it.
    """
    import av

    # Formats are named in full in the list: "mov,mp4,m4a,…" is one of them.
    name = DEMUXERS.get(container) or _musepack(path)
    allowed = av.ContainerFormat(name, "r").name
    options = {"format_whitelist": allowed, "protocol_whitelist": "file"}
    # Damaged tags hold bytes that are no text; they are not read from here.
    return av.open(f"file:{path}", format=name, options=options, metadata_errors="replace")


def audio_stream(opened: Any) -> Any | None:
    """First audio stream of an open container that there is a decoder for; None without one."""
    for stream in opened.streams.audio:
        # A stream of unknown codec has no codec context, nor what is read through it.
        if stream.codec_context is None or not (stream.rate and stream.channels):
            continue
        if stream.format is not None:
            return stream
    return None


def _musepack(path: Path) -> str:
    with path.open("rb") as stream:
        return _MUSEPACK.get(stream.read(4), "mpc")
