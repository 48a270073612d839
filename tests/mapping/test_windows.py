"""Long texts are split at word pieces, embedded in parts and averaged; short ones are untouched."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mapping.encoder import OnnxMiniLM, SentenceTransformerEncoder, load_encoder
from mapping.windows import averaged, pieces, windows


@pytest.fixture(scope="module")
def minilm() -> OnnxMiniLM:
    encoder = load_encoder()
    assert isinstance(encoder, OnnxMiniLM)
    return encoder


def test_what_stands_at_the_end_of_a_long_text_counts(minilm: OnnxMiniLM) -> None:
    start = "calm ambient pads, " * 90
    quiet, loud = start + "calm ambient pads", start + "brutal extreme death metal, " * 60
    assert windows(minilm, quiet) == 2
    assert windows(minilm, loud) > 2
    first, second, metal = minilm.encode([quiet, loud, "brutal death metal"])
    assert second @ metal > first @ metal + 0.1
    assert np.allclose(np.linalg.norm([first, second], axis=1), 1, atol=1e-5)


def test_a_text_of_one_window_is_embedded_as_ever(minilm: OnnxMiniLM) -> None:
    assert windows(minilm, "x" * 254) == windows(minilm, "calm ambient " * 40) == 1
    alone, beside = minilm.encode(["house"])[0], minilm.encode(["house", "calm " * 600])[0]
    assert np.array_equal(alone, beside)


def test_an_encoder_that_does_not_say_has_one_window() -> None:
    class Plain:
        id, dimensions = "plain", 2

        def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
            return np.ones((len(texts), 2), np.float32)

    assert windows(Plain(), "x " * 5_000) == 1


@given(st.text(max_size=200), st.integers(1, 20))
def test_pieces_hold_the_whole_text(text: str, most: int) -> None:
    starts = range(len(text))
    parts = pieces(text, starts, most)
    assert "".join("".join(parts).split()) == "".join(text.split())
    assert all(len(part) <= most for part in parts) or not text.strip()


def test_parts_weigh_by_their_length() -> None:
    parts = np.eye(2, dtype=np.float32)
    assert averaged(parts, [3, 1]) == pytest.approx(np.array([3, 1]) / np.sqrt(10), abs=1e-6)
    assert np.array_equal(averaged(parts[:1], [5]), parts[0])


def test_sentence_transformers_are_split_too() -> None:
    class Tokenizer:
        is_fast = True

        def __call__(self, text: str, **options: object) -> dict[str, list[tuple[int, int]]]:
            assert options["return_offsets_mapping"]
            return {"offset_mapping": [(at, at + 1) for at in range(len(text))]}

    class Model:
        max_seq_length, tokenizer = 12, Tokenizer()

        def encode(self, texts: Sequence[str], **options: object) -> npt.NDArray[np.float32]:
            assert all(len(text) <= 10 for text in texts)
            return np.array([[text.count("a"), text.count("b")] for text in texts], np.float32) / 10

    encoder = SentenceTransformerEncoder.__new__(SentenceTransformerEncoder)
    vars(encoder).update(SimpleNamespace(_model=Model(), _id="x", dimensions=2).__dict__)
    assert windows(encoder, "a" * 10 + "b" * 20) == 3
    long, short = encoder.encode(["a" * 10 + "b" * 20, "a" * 10])
    assert long == pytest.approx(np.array([1, 2]) / np.sqrt(5), abs=1e-6)
    assert short == pytest.approx([1, 0])
