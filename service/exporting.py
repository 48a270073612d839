"""A kept generation as the files that someone asked for: a mix, stems, MIDI, a bundle for a DAW."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from generation.around.files import write_audio
from generation.around.keeping import Kept
from schemas.audio import Audio
from schemas.errors import InputError, StorageError
from schemas.generation import GENERATED_MARK

FORMATS = (".wav", ".flac")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Where to, and what. `out` names a file (.wav, .flac) or a folder.

    Beside a file NAME.wav the stems go to NAME-stems, the MIDI to NAME.mid and the bundle to
    NAME-daw.zip; in a folder they are stems, mix.mid and daw.zip.

    Raises
    ------
    InputError
        When `out` names a file of another kind, or is missing where something is to be written.
    """

    out: Path | None = None
    stems: bool = False
    midi: bool = False
    daw: bool = False

    def __post_init__(self) -> None:
        asked = [name for name in ("stems", "midi", "daw") if getattr(self, name)]
        if asked and self.out is None:
            raise InputError(f"--{asked[0]}: say where to, with --out FILE.wav or --out FOLDER")
        if self.out is not None and self.out.suffix and not self.is_file:
            raise InputError(f"--out {self.out}: valid is FILE.wav, FILE.flac or a folder")

    @property
    def is_file(self) -> bool:
        return self.out is not None and self.out.suffix.lower() in FORMATS


def export(kept: Kept, wanted: Wanted) -> list[Path]:
    """Write what is wanted, and tell what was written.

    Raises
    ------
    InputError
        When the engine gave no stems, or no notes, and these are asked for.
    StorageError
        When something cannot be written.
    """
    if wanted.out is None:
        return []
    mix, stems, midi, daw = _places(wanted, wanted.out)
    written: list[Path] = []
    try:
        mix.parent.mkdir(parents=True, exist_ok=True)
        _copy(kept, None, mix)
        written.append(mix)
        if wanted.stems:
            written += _stems(kept, stems, mix.suffix)
        if wanted.midi:
            midi.write_bytes(_midi(kept))
            written.append(midi)
        if wanted.daw:
            daw.write_bytes(bundle(kept))
            written.append(daw)
    except OSError as error:
        raise StorageError(
            f"{wanted.out}: cannot be written ({error.strerror or error})"
        ) from error
    return written


def _places(wanted: Wanted, out: Path) -> tuple[Path, Path, Path, Path]:
    if wanted.is_file:
        name = out.stem
        beside = (out.with_name(f"{name}-stems"), out.with_suffix(".mid"))
        return (out, *beside, out.with_name(f"{name}-daw.zip"))
    return out / "mix.wav", out / "stems", out / "mix.mid", out / "daw.zip"


def _stems(kept: Kept, folder: Path, suffix: str) -> list[Path]:
    names = [file.stem for file in kept.result.audio if file.stem is not None]
    if not names:
        raise InputError(f"--stems: {kept.result.provenance.engine} gives a mix alone")
    folder.mkdir(exist_ok=True)
    paths = [folder / f"{name}{suffix}" for name in names]
    for name, path in zip(names, paths, strict=True):
        _copy(kept, name, path)
    return paths


def _copy(kept: Kept, stem: str | None, path: Path) -> None:
    source = kept.path(stem)
    if path.suffix.lower() == source.suffix:
        path.write_bytes(source.read_bytes())
    else:
        write_audio(path, kept.audio(stem), kept.result.generation_id, _title(kept))


def _midi(kept: Kept) -> bytes:
    content = kept.midi()
    if content is None:
        raise InputError(f"--midi: {kept.result.provenance.engine} does not know its notes")
    return content


def bundle(kept: Kept) -> bytes:
    """A zip for digital audio workstations. Raises as `daw_bundle` and `Kept.audio` do."""
    from generation.sequencer.export.daw import Piece, daw_bundle

    stems: dict[str, Audio] = {
        file.stem: kept.audio(file.stem) for file in kept.result.audio if file.stem is not None
    }
    piece = Piece(
        title=_title(kept) or kept.result.generation_id,
        mix=kept.audio(),
        stems=stems,
        midi=kept.midi(),
        weights=kept.result.weights,
        comment=f"{GENERATED_MARK} {kept.result.generation_id}",
    )
    return daw_bundle(piece)


def _title(kept: Kept) -> str:
    return " ".join(kept.result.request.prompt.text.split())[:100]
