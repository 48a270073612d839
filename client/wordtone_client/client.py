"""The client: everything that a service answers, by subject."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Self

from wordtone_client.asking import Asking
from wordtone_client.connection import Patience
from wordtone_client.errors import AddressError
from wordtone_client.finding import Finding
from wordtone_client.listening import Listening
from wordtone_client.making import MakingMusic
from wordtone_client.reviewing import Reviewing


class Client(Asking, MakingMusic, Finding, Listening, Reviewing):
    """A service of wordtone.

    >>> with Client("http://127.0.0.1:8000") as wordtone:  # doctest: +SKIP
    ...     vector = wordtone.condition("UK garage with trumpets", bpm=130)
    ...     piece = wordtone.generate("UK garage with trumpets", bpm=130, duration_s=15)
    ...     wordtone.download(piece.generation_id, "mix.wav", Path("garage.wav"))
    """

    @classmethod
    def from_env(
        cls, environ: Mapping[str, str] | None = None, patience: Patience | None = None
    ) -> Self:
        """The service that WORDTONE_REMOTE names, with the token of WORDTONE_REMOTE_TOKEN.

        Raises
        ------
        AddressError
            When none is named, or it cannot be used.
        """
        given = os.environ if environ is None else environ
        if not given.get("WORDTONE_REMOTE"):
            raise AddressError("WORDTONE_REMOTE is not set; valid is as in http://127.0.0.1:8000")
        return cls(
            given["WORDTONE_REMOTE"], given.get("WORDTONE_REMOTE_TOKEN") or None, patience=patience
        )
