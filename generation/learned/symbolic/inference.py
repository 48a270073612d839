"""The network without torch: event by event, with what was seen before kept in memory.

At this size numpy is faster than torch, and a trained model plays where torch is not installed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import erf

from generation.learned.conditions import Floats
from generation.learned.symbolic.events import KIND, PITCH, Events
from generation.learned.symbolic.layout import EMBEDDED, HEADS, Shape, token_of

Weights = Mapping[str, npt.NDArray[np.float32]]


@dataclass(slots=True)
class _Film:
    """Scales and shifts of one vector: per layer (4, width), and of the last norm (2, width)."""

    layers: list[Floats]
    last: Floats


class Reader:
    """Reads events and tells what may come next.

    Parameters
    ----------
    weights : arrays by the names of `network.Network.state_dict()`
    vectors : float32 (B, shape.lead); several are read side by side, as for guidance
    styles : float32 (B, S)
    """

    def __init__(self, weights: Weights, shape: Shape, vectors: Floats, styles: Floats) -> None:
        self.weights, self.shape = weights, shape
        self._film = self._led(vectors, styles)
        self._keys: list[Floats] = []
        self._values: list[Floats] = []
        self._seen = 0
        self._batch = len(vectors)
        self.hidden: Floats = np.zeros((self._batch, shape.width), np.float32)
        self.forget()

    @property
    def seen(self) -> int:
        """Events in memory; at most `shape.context` fit."""
        return self._seen

    def forget(self) -> None:
        shape = self.shape
        size = (self._batch, shape.heads, shape.context, shape.width // shape.heads)
        self._keys = [np.zeros(size, np.float32) for _ in range(shape.layers)]
        self._values = [np.zeros(size, np.float32) for _ in range(shape.layers)]
        self._seen = 0

    def read(self, events: Events) -> None:
        """Take in events (n, 11); `hidden` (B, width) then stands for what comes after the last."""
        count = len(events)
        weights = self.weights
        x = weights["tables.index.weight"][self._seen : self._seen + count].copy()
        for name, column, _ in EMBEDDED:
            x += weights[f"tables.{name}.weight"][events[:, column]]
        x += weights["tables.token.weight"][token_of(events[:, KIND], events[:, PITCH])]
        hidden = np.repeat(x[None], self._batch, 0)
        for number in range(self.shape.layers):
            hidden = self._layer(number, hidden)
        self._seen += count
        last = self._film.last
        self.hidden = _normed(hidden[:, -1]) * (1 + last[:, 0]) + last[:, 1]

    def logits(self, name: str, told: Mapping[str, int]) -> Floats:
        """(B, classes) of one column, of what is told of the event already."""
        knows = next(knows for head, _, knows in HEADS if head == name)
        u = self._linear(f"hidden.{name}", self.hidden)
        for known in knows:
            u = u + self.weights[f"told.{name}_{known}.weight"][told[known]]
        return self._linear(f"classes.{name}", _gelu(u))

    def _layer(self, number: int, x: Floats) -> Floats:
        film = self._film.layers[number]
        name = f"layers.{number}"
        batch, count, width = x.shape
        seen = _normed(x) * (1 + film[:, None, 0]) + film[:, None, 1]
        q, k, v = (
            part.reshape(batch, count, self.shape.heads, -1).transpose(0, 2, 1, 3)
            for part in np.split(self._linear(f"{name}.qkv", seen), 3, -1)
        )
        start, end = self._seen, self._seen + count
        self._keys[number][:, :, start:end] = k
        self._values[number][:, :, start:end] = v
        keys, values = self._keys[number][:, :, :end], self._values[number][:, :, :end]
        scores = q @ keys.transpose(0, 1, 3, 2) / np.sqrt(np.float32(q.shape[-1]))
        if count > 1:
            later = np.arange(end)[None] > np.arange(start, end)[:, None]
            scores = np.where(later, np.float32(-1e9), scores)
        heard = (_softmax(scores) @ values).transpose(0, 2, 1, 3).reshape(batch, count, width)
        x = x + self._linear(f"{name}.out", heard)
        seen = _normed(x) * (1 + film[:, None, 2]) + film[:, None, 3]
        return x + self._linear(f"{name}.down", _gelu(self._linear(f"{name}.up", seen)))

    def _led(self, vectors: Floats, styles: Floats) -> _Film:
        style = styles @ self.weights["style.weight"][: styles.shape[1]]
        told = np.concatenate([vectors * 2 - np.float32(0.5), style], -1)
        lead = _silu(self._linear("lead2", _silu(self._linear("lead1", told))))
        layers = [
            self._linear(f"layers.{number}.film", lead).reshape(len(lead), 4, -1)
            for number in range(self.shape.layers)
        ]
        return _Film(layers, self._linear("last", lead).reshape(len(lead), 2, -1))

    def _linear(self, name: str, x: Floats) -> Floats:
        made: Floats = x @ self.weights[f"{name}.weight"].T + self.weights[f"{name}.bias"]
        return made


def _normed(x: Floats) -> Floats:
    centred = x - x.mean(-1, keepdims=True)
    made: Floats = centred / np.sqrt((centred**2).mean(-1, keepdims=True) + np.float32(1e-5))
    return made


def _gelu(x: Floats) -> Floats:
    made: Floats = (x * 0.5 * (1 + erf(x / np.sqrt(np.float32(2))))).astype(np.float32)
    return made


def _silu(x: Floats) -> Floats:
    made: Floats = x / (1 + np.exp(-x))
    return made


def _softmax(scores: Floats) -> Floats:
    shifted = np.exp(scores - scores.max(-1, keepdims=True))
    made: Floats = shifted / shifted.sum(-1, keepdims=True)
    return made
