"""Text encoders: texts to unit vectors.

`OnnxMiniLM` is the default: all-MiniLM-L6-v2 (Reimers & Gurevych 2019; Wang et al. 2020) in int8
ONNX, 384 dimensions, mean pooling over the tokens, rows of norm 1, 256 tokens at most.
`SentenceTransformerEncoder` runs any sentence-transformers model (extra `encoders`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from mapping.weights import MODEL, TOKENIZER, locate, verified
from mapping.windows import averaged, pieces, windows
from schemas.errors import EncoderError, MissingExtraError
from schemas.protocols import TextEncoder
from schemas.settings import cores

if TYPE_CHECKING:
    from tokenizers import Encoding

Vectors = npt.NDArray[np.float32]

MINILM_ID = f"onnx:all-MiniLM-L6-v2-int8@{MODEL.sha256[:12]}"
"""Id of the default encoder, also for who has not loaded it."""

MANY_TEXTS = 64
"""From this many on, as when training, texts are run on all cores."""

RECENT_TEXTS = 256
"""Texts whose vectors are kept, of those that are asked for one at a time."""

WINDOW_TOKENS = 256
"""What the published model was trained with (sentence_bert_config.json)."""


class OnnxMiniLM:
    """all-MiniLM-L6-v2 through onnxruntime and tokenizers.

    Texts are run one at a time: the int8 graph scales its activations by the whole batch, so that
    a vector would depend on its neighbours' text and padding. Alone, it is always the same.

    Parameters
    ----------
    folder : path or None
        Holds model.onnx and tokenizer.json; None: the installed packages that carry them.
    threads : int
        Intra-operator threads. One serves a prompt fastest when several are served at once.

    Raises
    ------
    EncoderError
        When a file is missing or is not the pinned one, or onnxruntime cannot load it.
    """

    dimensions = 384

    def __init__(self, folder: str | Path | None = None, threads: int = 1) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        model = verified(MODEL, locate(MODEL, folder))
        tokenizer = verified(TOKENIZER, locate(TOKENIZER, folder))
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        try:
            self._session = onnxruntime.InferenceSession(
                model, sess_options=options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # onnxruntime raises classes of its own C++ module
            raise EncoderError(f"{MODEL.name}: onnxruntime cannot load it ({error})") from error
        self._tokenizer = Tokenizer.from_str(tokenizer.decode("utf-8"))
        self._tokenizer.enable_truncation(max_length=WINDOW_TOKENS)
        self._tokenizer.no_padding()
        # One prompt is asked for several times: answered, explained, moved, compared with.
        self._recent = lru_cache(RECENT_TEXTS)(self._alone)

    @property
    def id(self) -> str:
        return MINILM_ID

    def has_word(self, word: str) -> bool:
        """Whether `word`, in lower case, is one piece of the vocabulary: a common word."""
        return self._tokenizer.token_to_id(word) is not None

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Embed `texts`; float32 (len(texts), 384), rows of norm 1. Equal texts are run once."""
        if len(texts) == 1:
            return self._recent(texts[0])[None].copy()
        unique: dict[str, int] = {}
        places = [unique.setdefault(text, len(unique)) for text in texts]
        if not texts:
            return np.empty((0, self.dimensions), np.float32)
        tokens = self._tokenizer.encode_batch(list(unique))
        if len(tokens) < MANY_TEXTS:
            return np.stack([self._vector(one) for one in tokens])[places]
        with ThreadPoolExecutor(cores()) as pool:  # onnxruntime lets go of the interpreter
            return np.stack(list(pool.map(self._vector, tokens)))[places]

    def _alone(self, text: str) -> Vectors:
        return self._vector(self._tokenizer.encode(text))

    def _vector(self, tokens: Encoding) -> Vectors:
        parts = [part.ids for part in (tokens, *tokens.overflowing)]
        embedded = np.stack([self._embed(ids) for ids in parts])
        return averaged(embedded, [len(ids) for ids in parts])

    def windows(self, text: str) -> int:
        """Parts of at most 256 word pieces that `text` is embedded in."""
        if len(text) <= WINDOW_TOKENS - 2:  # a piece is a character at least
            return 1
        return 1 + len(self._tokenizer.encode(text).overflowing)

    def _embed(self, ids: Sequence[int]) -> Vectors:
        tokens = np.asarray([ids], np.int64)
        inputs = {
            "input_ids": tokens,
            "attention_mask": np.ones_like(tokens),
            "token_type_ids": np.zeros_like(tokens),
        }
        hidden = self._session.run(["last_hidden_state"], inputs)[0][0]
        mean = hidden.mean(axis=0)
        unit: Vectors = mean / max(float(np.linalg.norm(mean)), 1e-12)
        return unit


class SentenceTransformerEncoder:
    """Any sentence-transformers model, by hub name or folder.

    Raises
    ------
    MissingExtraError
        When sentence-transformers is not installed.
    EncoderError
        When the model cannot be loaded.
    """

    def __init__(self, name_or_path: str) -> None:
        try:
            from sentence_transformers import SentenceTransformer
        except ImportError as error:
            raise MissingExtraError("the encoder sentence-transformers", "encoders") from error
        try:
            self._model = SentenceTransformer(name_or_path, device="cpu")
        except Exception as error:  # the hub client and torch raise classes of their own
            raise EncoderError(f"{name_or_path}: sentence-transformers: {error}") from error
        self._id = f"sentence-transformers:{name_or_path}"
        self.dimensions = int(self._model.encode(["music"]).shape[1])

    @property
    def id(self) -> str:
        return self._id

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Embed `texts`; float32 (len(texts), dimensions), rows of norm 1."""
        if not texts:
            return np.empty((0, self.dimensions), np.float32)
        split = [self._split(text) for text in texts]
        found = self._model.encode(
            [part for parts in split for part in parts],
            normalize_embeddings=True, show_progress_bar=False, convert_to_numpy=True,
        )  # fmt: skip
        vectors, out, at = np.asarray(found, np.float32), [], 0
        for parts in split:
            out.append(averaged(vectors[at : at + len(parts)], [len(part) for part in parts]))
            at += len(parts)
        return np.stack(out)

    def windows(self, text: str) -> int:
        """Parts that `text` is embedded in."""
        return len(self._split(text))

    def _split(self, text: str) -> list[str]:
        """Parts that fit the model; the text whole where its tokenizer tells no offsets."""
        most = int(self._model.max_seq_length or 0) - 2
        if most < 1 or len(text) <= most:
            return [text]
        tokenizer = self._model.tokenizer
        if not getattr(tokenizer, "is_fast", False):
            return [text]
        found = tokenizer(
            text, add_special_tokens=False, return_offsets_mapping=True, verbose=False
        )
        return pieces(text, [start for start, _ in found["offset_mapping"]], most)


class Remembering:
    """An encoder that keeps what it embedded, for as long as a training run lasts."""

    def __init__(self, inner: TextEncoder) -> None:
        self._inner = inner
        self._known: dict[str, Vectors] = {}

    @property
    def id(self) -> str:
        return self._inner.id

    @property
    def dimensions(self) -> int:
        return self._inner.dimensions

    def has_word(self, word: str) -> bool:
        """As the encoder it remembers for; every word is ordinary to one that cannot say."""
        has_word = getattr(self._inner, "has_word", None)
        return True if has_word is None else bool(has_word(word))

    def windows(self, text: str) -> int:
        return windows(self._inner, text)

    def encode(self, texts: Sequence[str]) -> Vectors:
        new = list(dict.fromkeys(text for text in texts if text not in self._known))
        if new:
            self._known.update(zip(new, self._inner.encode(new), strict=True))
        if not texts:
            return np.empty((0, self.dimensions), np.float32)
        return np.stack([self._known[text] for text in texts])


def _minilm(name: str, folder: str) -> TextEncoder:
    if name:
        raise EncoderError(f"encoder 'minilm' takes no name, not {name!r}")
    return OnnxMiniLM(folder or None)


def _sentence_transformers(name: str, folder: str) -> TextEncoder:
    if not name:
        raise EncoderError("encoder 'sentence-transformers:' lacks the name of a model")
    return SentenceTransformerEncoder(name)


ENCODERS: dict[str, Callable[[str, str], TextEncoder]] = {
    "minilm": _minilm,
    "sentence-transformers": _sentence_transformers,
}


def load_encoder(spec: str = "minilm", folder: str = "") -> TextEncoder:
    """The encoder that `spec` names: "minilm", or "sentence-transformers:NAME".

    `folder` is Settings.encoder_path, and only concerns "minilm".

    Raises
    ------
    EncoderError
        For an unknown kind, or files that are missing or not the pinned ones.
    MissingExtraError
        When sentence-transformers is asked for and not installed.
    """
    kind, _, name = spec.partition(":")
    if kind not in ENCODERS:
        raise EncoderError(f"encoder {spec!r}: valid are minilm, sentence-transformers:NAME")
    return ENCODERS[kind](name, folder)
