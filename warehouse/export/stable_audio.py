"""Training manifest for stable-audio-tools: `audio_dir` with words and numbers by file.

    SIDE/ID.SUFFIX              a link to the file
    SIDE_dataset.json           dataset config: dataset_type, datasets [id, path,
                                custom_metadata_module], random_crop
    SIDE_metadata.jsonl         file, prompt, seconds_total, and numbers under our feature names
    custom_metadata.py          what stable-audio-tools imports to read that file; the same in
                                every export, it holds no data
    number_conditioners.json    for a model config: id, min_val and max_val of each number, wide
                                enough that the conditioner, which cuts silently, cuts nothing

seconds_start and seconds_total of a crop are stable-audio-tools' own and stay so.
Read from stable_audio_tools/data/dataset.py and docs/datasets.md, docs/conditioning.md.
"""

from __future__ import annotations

import json
from contextlib import ExitStack
from importlib import resources
from pathlib import Path
from typing import Any

from schemas.scales import typical_range
from warehouse.export.audio_links import linked
from warehouse.export.choice import LeftOut
from warehouse.export.folder import write_json
from warehouse.export.pieces import Piece, number_ranges, pieces
from warehouse.lake import Lake

SUFFIXES = (".wav", ".mp3", ".flac", ".ogg", ".aif", ".opus", ".aiff")
MODULE = "custom_metadata.py"
NOTES = (
    "a number that is unknown has no key: give its conditioner a default in the model config, or "
    "leave it out there",
    "vector features (chroma, mfcc …) have no conditioner and are not carried",
    "a prompt ends with tempo and key where they are known",
)


def write_stable_audio(lake: Lake, folder: Path, out: Path, left_out: LeftOut) -> dict[str, Any]:
    """Write the set into `folder`, with paths as they will be in `out`."""
    specs = number_ranges(lake.features)
    ranges = {name: list(typical_range(spec)) for name, spec in specs.items()}
    counts: dict[str, int] = {}
    written: list[str] = []
    carried: dict[str, int] = {}
    with ExitStack() as stack:
        streams: dict[str, Any] = {}
        for piece in pieces(lake):
            if not piece.caption:
                left_out.add("track", "no words for a prompt", piece.track_id)
                continue
            link = linked(piece, folder / piece.side, SUFFIXES, left_out)
            if link is None:
                continue
            if piece.side not in streams:
                path = folder / f"{piece.side}_metadata.jsonl"
                streams[piece.side] = stack.enter_context(path.open("w", encoding="utf-8"))
            numbers = {n: v for n, v in piece.features.items() if n in specs}
            for name in specs:
                if name in numbers:
                    low, high = ranges[name]
                    ranges[name] = [min(low, numbers[name]), max(high, numbers[name])]
                    carried[name] = carried.get(name, 0) + 1
            streams[piece.side].write(_line(piece, numbers))
            counts[piece.side] = counts.get(piece.side, 0) + 1
            written.append(piece.track_id)
    for side in counts:
        write_json(folder / f"{side}_dataset.json", _config(out, side))
    code = resources.files("warehouse.export") / "stable_audio_module.txt"
    (folder / MODULE).write_text(code.read_text(encoding="utf-8"), encoding="utf-8")
    write_json(
        folder / "number_conditioners.json",
        [
            {
                "id": name,
                "type": "number",
                "config": {"min_val": ranges[name][0], "max_val": ranges[name][1]},
                "unit": specs[name].unit,
                "tracks": carried[name],
            }
            for name in specs
            if name in carried
        ],
    )
    return {"written": written, "notes": list(NOTES), "numbers": sorted(carried)}


def prompt(piece: Piece) -> str:
    """Description and terms, then tempo and key where they are known."""
    parts = [piece.description] if piece.description else []
    parts += [term for term in piece.caption_terms if term not in (piece.description or "")]
    tempo = piece.features.get("tempo_bpm")
    parts += [f"{tempo:.0f} BPM"] if tempo is not None else []
    parts += [piece.key] if piece.key else []
    return ", ".join(parts)


def _line(piece: Piece, numbers: dict[str, float]) -> str:
    record = {
        "file": piece.name,
        "prompt": prompt(piece),
        "seconds_total": piece.duration_s,
        "numbers": numbers,
    }
    return json.dumps(record, ensure_ascii=False, allow_nan=False) + "\n"


def _config(out: Path, side: str) -> dict[str, Any]:
    source = {
        "id": f"wordtone_{side}",
        "path": str(out / side) + "/",
        "custom_metadata_module": str(out / MODULE),
    }
    return {"dataset_type": "audio_dir", "datasets": [source], "random_crop": side == "train"}
