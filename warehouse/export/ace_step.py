"""Training manifest for ACE-Step (files beside the audio) and ACE-Step 1.5 (one JSON a side).

    SIDE/ID.SUFFIX          a link to the file
    SIDE/ID_prompt.txt      comma-separated tags, as ACE-Step 1 reads them (MP3 alone)
    SIDE/ID_lyrics.txt      [instrumental] where that is known; no lyrics are stored, so none are
                            written, and ACE-Step 1 then takes the track as without lyrics
    SIDE_dataset.json       ACE-Step 1.5: metadata, and samples with audio_path, caption, bpm (whole
                            number), keyscale, timesignature, duration s, language, is_instrumental

Ranges: bpm 30 … 300, timesignature 2, 3, 4 or 6, duration 10 … 600 s, caption to 512 characters.
A value that is unknown or outside is left out and counted, never replaced by a default.
"""

from __future__ import annotations

import json
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from warehouse.export.audio_links import linked
from warehouse.export.choice import LeftOut
from warehouse.export.pieces import Piece, pieces
from warehouse.lake import Lake

SUFFIXES = (".wav", ".mp3", ".flac", ".ogg", ".opus")
BPM = (30, 300)
SECONDS = (10.0, 600.0)
METRES = (2, 3, 4, 6)
CAPTION = 512
NOTES = (
    "lyrics are not stored and not written; add them as SIDE/ID_lyrics.txt or `lyrics`",
    "bpm and keyscale are only text to the model; features other than tempo, key and metre have no "
    "field",
    "ACE-Step 1 reads MP3 with _prompt.txt; ACE-Step 1.5 reads SIDE_dataset.json",
    "check that your version of ACE-Step takes a sample without bpm or keyscale as unknown",
)


def write_ace_step(lake: Lake, folder: Path, out: Path, left_out: LeftOut) -> dict[str, Any]:
    """Write the set into `folder`, with paths as they will be in `out`."""
    counts: dict[str, int] = {}
    written: list[str] = []
    with ExitStack() as stack:
        streams: dict[str, Any] = {}
        for piece in pieces(lake):
            if not piece.caption:
                left_out.add("track", "no words for a caption", piece.track_id)
                continue
            link = linked(piece, folder / piece.side, SUFFIXES, left_out)
            if link is None:
                continue
            sample = ace_sample(piece, left_out)
            _beside(link, piece, sample)
            if piece.side not in streams:
                path = folder / f"{piece.side}_dataset.json"
                streams[piece.side] = stack.enter_context(path.open("w", encoding="utf-8"))
                streams[piece.side].write(_head(piece.side))
            comma = ",\n" if counts.get(piece.side) else ""
            located = {"audio_path": str(out / link.relative_to(folder)), **sample}
            line = json.dumps(located, ensure_ascii=False, allow_nan=False)
            streams[piece.side].write(f"{comma}  {line}")
            counts[piece.side] = counts.get(piece.side, 0) + 1
            written.append(piece.track_id)
        for stream in streams.values():
            stream.write("\n ]}\n")
    return {"written": written, "notes": list(NOTES)}


def ace_sample(piece: Piece, left_out: LeftOut) -> dict[str, Any]:
    """Fields of one sample; a key that is unknown or out of range is not there."""
    found: dict[str, Any] = {"filename": piece.name, "caption": _caption(piece, left_out)}
    if genres := piece.terms.get("genre"):
        found["genre"] = ", ".join(genres)
    tempo = piece.features.get("tempo_bpm")
    bpm = None if tempo is None else round(tempo)
    _carry(found, "bpm", bpm, bpm is not None and BPM[0] <= bpm <= BPM[1], piece, left_out)
    _carry(found, "keyscale", piece.key, piece.key is not None, piece, left_out)
    beats = piece.features.get("time_signature")
    metre = None if beats is None else round(beats)
    text = None if metre is None else str(metre)
    _carry(found, "timesignature", text, metre in METRES, piece, left_out)
    seconds = piece.duration_s
    fits = seconds is not None and SECONDS[0] <= seconds <= SECONDS[1]
    whole = None if seconds is None else round(seconds, 3)
    _carry(found, "duration", whole, fits, piece, left_out)
    languages = piece.terms.get("language", ())
    if len(languages) == 1:
        found["language"] = languages[0]
    if piece.instrumental is not None:
        found["is_instrumental"] = piece.instrumental
        if piece.instrumental:
            found["lyrics"] = "[Instrumental]"
    found["labeled"] = True
    return found


def _carry(
    found: dict[str, Any],
    name: str,
    value: object,
    fits: bool,
    piece: Piece,
    left_out: LeftOut,
) -> None:
    if fits:
        found[name] = value
    else:
        reason = "unknown" if value is None else "outside what ACE-Step takes"
        left_out.add(name, reason, piece.track_id)


def _caption(piece: Piece, left_out: LeftOut) -> str:
    if len(piece.caption) <= CAPTION:
        return piece.caption
    left_out.add("caption", f"cut at {CAPTION} characters", piece.track_id)
    return piece.caption[:CAPTION].rsplit(" ", 1)[0]


def _beside(link: Path, piece: Piece, sample: dict[str, Any]) -> None:
    tags = [term.replace(",", " ") for term in piece.caption_terms]
    tags += [f"{sample['bpm']} bpm"] if "bpm" in sample else []
    tags += [sample["keyscale"]] if "keyscale" in sample else []
    text = ", ".join(tags) or sample["caption"]
    link.with_name(f"{piece.track_id}_prompt.txt").write_text(text + "\n", encoding="utf-8")
    if piece.instrumental:
        lyrics = link.with_name(f"{piece.track_id}_lyrics.txt")
        lyrics.write_text("[instrumental]\n", encoding="utf-8")


def _head(side: str) -> str:
    metadata = {"name": f"wordtone_{side}", "custom_tag": "", "tag_position": "prepend"}
    return f'{{"metadata": {json.dumps(metadata)},\n "samples": [\n'
