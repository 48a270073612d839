"""Files that mean to make a decoder do something else than decode them.

Playlists and references that would have libav open another file or a host, under names of audio;
and paths that are no plain files. Beside each attack lies a `secret.wav` that nothing may decode.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

from benchmarks._robustness_bases import Base
from benchmarks._robustness_lies import patched
from benchmarks._robustness_mutations import ANY, KEPT, REFUSED, Case, case

SECRET = "secret.wav"  # noqa: S105  the name of a file


def attacks(bases: Mapping[str, Base], folder: Path, port: int) -> Iterator[Case]:
    """Playlists in `folder`, whose hosts are 127.0.0.1:`port`: a listener counts who calls."""
    secret = folder / SECRET
    hls = "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n"
    texts = {
        "hls-file": f"{hls}file://{secret}\n#EXT-X-ENDLIST\n",
        "hls-path": f"{hls}{secret}\n#EXT-X-ENDLIST\n",
        "hls-relative": f"{hls}{SECRET}\n#EXT-X-ENDLIST\n",
        "hls-http": f"{hls}http://127.0.0.1:{port}/a.ts\n#EXT-X-ENDLIST\n",
        "hls-concat": f"{hls}concat:{secret}|{secret}\n#EXT-X-ENDLIST\n",
        "hls-subfile": f"{hls}subfile,,start,0,end,0,,:{secret}\n#EXT-X-ENDLIST\n",
        "hls-data": f"{hls}data:audio/wav;base64,UklGRg==\n#EXT-X-ENDLIST\n",
        "ffconcat": f"ffconcat version 1.0\nfile '{secret}'\n",
        "ffconcat-http": f"ffconcat version 1.0\nfile 'http://127.0.0.1:{port}/a.wav'\n",
        "pls": f"[playlist]\nFile1={secret}\nNumberOfEntries=1\n",
        "asx": f'<asx version="3.0"><entry><ref href="file://{secret}"/></entry></asx>',
        "dash": f'<MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><BaseURL>{secret}</BaseURL></MPD>',
        "sdp": f"v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nm=audio {port} RTP/AVP 0\n",
        "cue": f'FILE "{secret}" WAVE\n  TRACK 01 AUDIO\n    INDEX 01 00:00:00\n',
    }
    chain = bases["MP3 no Xing"].data
    for name, text in texts.items():
        for suffix in (".mp3", ".wav", ".m4a", ""):
            data = text.encode()
            yield case(f"attack-{name}{suffix}", "attack", data, REFUSED)
        # MPEG frames after the text: recognised as MPEG audio, and still no playlist.
        mixed = text.encode() + chain
        yield case(f"attack-{name}-with-frames.mp3", "attack", mixed, ANY)
    yield from _references(bases, secret)


def _references(bases: Mapping[str, Base], secret: Path) -> Iterator[Case]:
    """An MP4 whose data reference names another file, by URL and by QuickTime alias."""
    data = bases["M4A faststart"].data
    at = data.index(b"dref") + 12  # after version, flags and count: the one entry "url "
    url = f"file://{secret}".encode() + b"\0"
    for name, entry in (
        ("url", struct.pack(">I4sI", 12 + len(url), b"url ", 0) + url),
        ("alis", struct.pack(">I4sI", 12 + 150, b"alis", 0) + _alias(secret)),
    ):
        old = int.from_bytes(data[at : at + 4], "big")
        grown = len(entry) - old
        changed = data[:at] + entry + data[at + old :]
        for box in (b"moov", b"trak", b"mdia", b"minf", b"dinf", b"dref"):
            where = changed.index(box) - 4
            size = int.from_bytes(changed[where : where + 4], "big") + grown
            changed = patched(changed, where, ">I", size)
        yield case(f"attack-dref-{name}.m4a", "attack", changed)


def _alias(secret: Path) -> bytes:
    """A Macintosh alias record, its path in full."""
    record = struct.pack(">IHHH", 0, 150, 2, 0) + b"\x06volume".ljust(28, b"\0")
    record = (record + bytes(12) + b"\x0asecret.wav".ljust(64, b"\0")).ljust(130, b"\0")
    path = str(secret).encode()
    return (record + struct.pack(">HH", 18, len(path)) + path).ljust(150, b"\0")[:150]


def odd_paths(folder: Path, base: Base) -> Iterator[Case]:
    """What has the name of audio and is no plain file, or whose name is odd.

    Symbolic links that lead out of the folder are for the folder listing to refuse; an analysis
    that is asked for one follows it, as any program does.
    """
    outside = folder / SECRET

    def made(name: str, write: object, expected: frozenset = REFUSED) -> Case:  # type: ignore[type-arg]
        return Case(name, "", "path", write, expected)  # type: ignore[arg-type]

    yield made("path-fifo.mp3", os.mkfifo)
    yield made("path-folder.wav", Path.mkdir)
    yield made("path-dangling.flac", partial(_link, Path("nowhere.flac")))
    yield made("path-loop.flac", partial(_link, Path("path-loop.flac")))
    yield made("path-zero.wav", partial(_link, Path("/dev/zero")))
    yield made("path-random.mp3", partial(_link, Path("/dev/urandom")))
    yield made("path-link.wav", partial(_link, outside), KEPT)
    for number, name in enumerate(
        (
            "new\nline",
            "tab\t and\x1b[31m colour",
            "quote'\"`$(touch pwned)",
            "%d%s%n",
            "concat:a|b",
            "-rf",
            "é ü 漢字 🎵",
            "e\u0301 decomposed",
            "x" * 200,
            "dots..",
        )
    ):
        yield made(f"{name} {number}{base.suffix}", partial(_data, base.data), KEPT)


def _link(target: Path, path: Path) -> None:
    path.symlink_to(target)


def _data(data: bytes, path: Path) -> None:
    path.write_bytes(data)
