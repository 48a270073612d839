"""Variables of a TensorFlow checkpoint (tensor bundle, format V2), read without TensorFlow.

A bundle is two files: PREFIX.index, a LevelDB table of name → BundleEntryProto, and
PREFIX.data-00000-of-00001, the raw little-endian tensors. Read here: one shard, blocks without
compression, float32; everything else is refused. Nothing is executed and every offset is checked.

Formats: tensorflow/core/protobuf/tensor_bundle.proto, tensor_shape.proto;
leveldb/doc/table_format.md.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import numpy as np
import numpy.typing as npt

from schemas.errors import TaggerError

Variables = Mapping[str, npt.NDArray[np.float32]]
Message = dict[int, list[int | bytes]]

_FOOTER, _MAGIC = 48, 0xDB4775248B80FB57
_TRAILER = 5  # of a block: compression type and CRC
_FLOAT32 = 1  # DataType.DT_FLOAT
_MOST_DIMENSIONS = 8
_VARINT_BITS = 63
_WIRE_FIXED = {1: 8, 5: 4}  # wire type → bytes


def read_checkpoint(index: bytes, data: bytes) -> Variables:
    """All float32 variables of a bundle by name, read-only; the others are left out.

    Parameters
    ----------
    index, data : content of PREFIX.index and PREFIX.data-00000-of-00001

    Raises
    ------
    TaggerError
        The bytes are no such bundle, or contradict themselves.
    """
    try:
        return dict(_variables(index, data))
    except (IndexError, ValueError) as error:
        raise TaggerError(f"checkpoint: damaged or not a tensor bundle ({error})") from error


def _variables(index: bytes, data: bytes) -> Iterator[tuple[str, npt.NDArray[np.float32]]]:
    for _, handle in _entries(index, *_index_block(index)):
        offset, at = _varint(handle, 0)
        size, _ = _varint(handle, at)
        for name, value in _entries(index, offset, size):
            entry = _message(value)
            if name and _number(entry, 1, _FLOAT32) == _FLOAT32:  # no name: the bundle's header
                yield name.decode(), _tensor(name, entry, data)


def _tensor(name: bytes, entry: Message, data: bytes) -> npt.NDArray[np.float32]:
    offset, size, shape = _number(entry, 4), _number(entry, 5), _shape(entry)
    if size != 4 * math.prod(shape) or offset + size > len(data):
        raise ValueError(
            f"{name!r}: {size} bytes at {offset} of {len(data)} for a tensor of shape {shape}"
        )
    return np.frombuffer(data, "<f4", size // 4, offset).reshape(shape)


def _shape(entry: Message) -> tuple[int, ...]:
    dimensions = [d for shape in entry.get(2, []) for d in _message(_bytes(shape)).get(2, [])]
    if len(dimensions) > _MOST_DIMENSIONS:
        raise ValueError(f"{len(dimensions)} dimensions")
    return tuple(_number(_message(_bytes(dimension)), 1) for dimension in dimensions)


def _index_block(index: bytes) -> tuple[int, int]:
    """Offset and size of the block that lists the others."""
    footer = index[-_FOOTER:]
    if len(footer) < _FOOTER or int.from_bytes(footer[-8:], "little") != _MAGIC:
        raise ValueError("no table footer")
    at = 0
    for _ in range(2):  # the handle of the meta-index block, which bundles leave empty
        _, at = _varint(footer, at)
    offset, at = _varint(footer, at)
    size, _ = _varint(footer, at)
    return offset, size


def _entries(table: bytes, offset: int, size: int) -> Iterator[tuple[bytes, bytes]]:
    """Keys and values of a block; a key is stored as what differs from the one before."""
    block = table[offset : offset + size]
    if len(table) < offset + size + _TRAILER or size < 4:
        raise ValueError(f"block of {size} bytes at {offset} of {len(table)}")
    if table[offset + size] != 0:
        raise ValueError(f"compressed block at {offset}")
    restarts = int.from_bytes(block[-4:], "little")
    end = size - 4 - 4 * restarts
    at, key = 0, b""
    while at < end:
        shared, at = _varint(block, at)
        fresh, at = _varint(block, at)
        length, at = _varint(block, at)
        if shared > len(key) or at + fresh + length > end:
            raise ValueError(f"entry beyond its block at {offset + at}")
        key = key[:shared] + block[at : at + fresh]
        at += fresh
        yield key, block[at : at + length]
        at += length


def _message(content: bytes) -> Message:
    """A protocol buffer as field number → values, in order."""
    fields: Message = {}
    at = 0
    while at < len(content):
        tag, at = _varint(content, at)
        number, wire = tag >> 3, tag & 7
        if wire == 0:
            value: int | bytes
            value, at = _varint(content, at)
        elif wire == 2 or wire in _WIRE_FIXED:
            length, at = _varint(content, at) if wire == 2 else (_WIRE_FIXED[wire], at)
            if at + length > len(content):
                raise ValueError(f"field {number} beyond its message")
            value, at = content[at : at + length], at + length
        else:
            raise ValueError(f"field {number} of wire type {wire}")
        fields.setdefault(number, []).append(value)
    return fields


def _varint(content: bytes, at: int) -> tuple[int, int]:
    """Value of the variable-length integer at `at`, and where it ends."""
    value = 0
    for shift in range(0, _VARINT_BITS, 7):
        byte = content[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
    raise ValueError("integer of more than 63 bits")


def _number(message: Message, field: int, default: int = 0) -> int:
    value = message.get(field, [default])[-1]
    if not isinstance(value, int):
        raise ValueError(f"field {field} is no number")
    return value


def _bytes(value: int | bytes) -> bytes:
    if not isinstance(value, bytes):
        raise ValueError("a number where a message belongs")
    return value
