"""Batches made ahead in a thread, while the step before them is being computed."""

from __future__ import annotations

import queue
import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Item(Generic[T]):
    value: T


class _Ahead(Generic[T]):
    def __init__(self, source: Iterator[T], depth: int) -> None:
        self._source = source
        self._made: queue.Queue[_Item[T] | BaseException | None] = queue.Queue(depth)
        self._over = threading.Event()
        self.thread = threading.Thread(target=self._work, name="prefetch", daemon=True)

    def read(self) -> Iterator[T]:
        while (item := self._made.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item.value

    def end(self) -> None:
        self._over.set()
        self.thread.join(5)

    def _work(self) -> None:
        try:
            for value in self._source:
                if not self._put(_Item(value)):
                    return
            self._put(None)
        except BaseException as error:  # whatever it is, the reader is to meet it
            self._put(error)

    def _put(self, item: _Item[T] | BaseException | None) -> bool:
        """Wait for room; False once nobody reads any more."""
        while not self._over.is_set():
            try:
                self._made.put(item, timeout=0.1)
            except queue.Full:
                continue
            return True
        return False


@contextmanager
def ahead(source: Iterator[T], depth: int = 4) -> Generator[Iterator[T], None, None]:
    """`source` in the same order, up to `depth` items ahead of the reader.

    What `source` raises is raised to the reader in its place. Leaving the context ends the thread.
    """
    made = _Ahead(source, depth)
    made.thread.start()
    try:
        yield made.read()
    finally:
        made.end()
