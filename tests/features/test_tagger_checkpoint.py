"""The checkpoint reader on bytes that are not what they should be."""

from __future__ import annotations

import importlib.util
import random
from pathlib import Path

import numpy as np
import pytest

from pipelines.features.tagger.checkpoint import read_checkpoint
from pipelines.features.tagger.network import Musicnn
from schemas.errors import TaggerError

MAGIC = (0xDB4775248B80FB57).to_bytes(8, "little")


def varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def field(number: int, value: int | bytes) -> bytes:
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def entry(shape: tuple[int, ...], offset: int, size: int, dtype: int = 1) -> bytes:
    dimensions = b"".join(field(2, field(1, length)) for length in shape)
    return field(1, dtype) + field(2, dimensions) + field(4, offset) + field(5, size)


def block(entries: dict[bytes, bytes]) -> bytes:
    """A table block whose keys share what they can with the key before."""
    out, last = b"", b""
    for key, value in entries.items():
        shared = next(
            (i for i, (a, b) in enumerate(zip(key, last, strict=False)) if a != b),
            min(len(key), len(last)),
        )
        sizes = varint(shared) + varint(len(key) - shared) + varint(len(value))
        out, last = out + sizes + key[shared:] + value, key
    return out + (0).to_bytes(4, "little") + (1).to_bytes(4, "little")


def table(entries: dict[bytes, bytes], compression: int = 0) -> bytes:
    content = block({b"": field(1, 1), **entries})
    listing = block({b"z": varint(0) + varint(len(content))})
    trailer = bytes([compression, 0, 0, 0, 0])
    handle = varint(len(content) + 5) + varint(len(listing))
    footer = (varint(0) + varint(0) + handle).ljust(40, b"\0") + MAGIC
    return content + trailer + listing + bytes(5) + footer


DATA = np.arange(6, dtype="<f4").tobytes()
GOOD = {
    b"layer/bias": entry((2,), 16, 8),
    b"layer/kernel": entry((2, 2), 0, 16),
    b"step": entry((), 0, 8, dtype=9),
}


def test_reads_tensors_by_name() -> None:
    found = read_checkpoint(table(GOOD), DATA)
    assert set(found) == {"layer/bias", "layer/kernel"}, "integers are left out"
    np.testing.assert_array_equal(found["layer/kernel"], [[0, 1], [2, 3]])
    np.testing.assert_array_equal(found["layer/bias"], [4, 5])
    assert not found["layer/bias"].flags.writeable


@pytest.mark.parametrize(
    ("index", "data", "message"),
    [
        (b"", DATA, "no table footer"),
        (table(GOOD)[:-1], DATA, "no table footer"),
        (table(GOOD, compression=1), DATA, "compressed block"),
        (table(GOOD), DATA[:-1], "bytes at 16 of 23"),
        (table({b"x": entry((3,), 0, 8)}), DATA, r"tensor of shape \(3,\)"),
        (table({b"x": entry((1 << 40, 1 << 40), 0, 8)}), DATA, "tensor of shape"),
        (table({b"x": entry((1,) * 9, 0, 4)}), DATA, "9 dimensions"),
        (table({b"x": field(2, 7)}), DATA, "a number where a message belongs"),
        (table({b"x": field(5, b"no")}), DATA, "field 5 is no number"),
        (table({b"x": varint(1 << 3 | 3)}), DATA, "wire type 3"),
        (table({b"x": b"\x08" + b"\xff" * 10}), DATA, "more than 63 bits"),
        (table({b"\xff": entry((2,), 0, 8)}), DATA, "codec can't decode"),
        (bytes(40) + MAGIC, DATA, "block of 0 bytes"),
    ],
)
def test_damage_is_named(index: bytes, data: bytes, message: str) -> None:
    with pytest.raises(TaggerError, match=message):
        read_checkpoint(index, data)


def test_mutated_bytes_never_raise_anything_else() -> None:
    """Of 4,000 mutations each is read or refused; many are refused."""
    draw, refused = random.Random(7), 0
    index = bytes(table(GOOD))
    for _ in range(4_000):
        mutated = bytearray(index)
        for _ in range(draw.randrange(1, 4)):
            mutated[draw.randrange(len(mutated))] = draw.randrange(256)
        cut = draw.randrange(len(mutated)) if draw.random() < 0.2 else len(mutated)
        try:
            read_checkpoint(bytes(mutated[:cut]), DATA)
        except TaggerError:
            refused += 1
    assert 1_000 < refused < 4_000


def test_a_network_names_the_variable_that_it_lacks() -> None:
    with pytest.raises(TaggerError, match="variable batch_normalization/gamma is missing"):
        Musicnn({})


@pytest.mark.skipif(
    importlib.util.find_spec("musicnn") is None,
    reason="no weights here: pip install --no-deps musicnn==0.1.0",
)
def test_a_network_refuses_other_shapes_and_what_is_not_finite() -> None:
    spec = importlib.util.find_spec("musicnn")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    folder = Path(spec.submodule_search_locations[0]) / "MTT_musicnn"
    index, data = (folder / name for name in (".index", ".data-00000-of-00001"))
    variables = read_checkpoint(index.read_bytes(), data.read_bytes())
    kernel = variables["conv2d/kernel"]
    with pytest.raises(TaggerError, match=r"conv2d/kernel has shape \(7, 38, 1, 203\)"):
        Musicnn({**variables, "conv2d/kernel": kernel[..., :-1]})
    with pytest.raises(TaggerError, match="dense/bias"):
        Musicnn({**variables, "dense/bias": np.full(200, np.nan, np.float32)})
