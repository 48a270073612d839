"""Answers in OpenSubsonic's envelope, as JSON or XML, and tracks as its songs."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree

from fastapi.responses import Response

PROTOCOL = "1.16.1"
NAMESPACE = "http://subsonic.org/restapi"
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Failure(Exception):
    """An error of the contract: a code and a sentence."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    def envelope(self) -> dict[str, Any]:
        return {"status": "failed", "error": {"code": self.code, "message": self.message}}


def enveloped(answer: Mapping[str, Any], form: str) -> Response:
    """`answer` in the envelope; XML for any form but json."""
    whole = {
        "status": "ok",
        "version": PROTOCOL,
        "type": "wordtone",
        "serverVersion": version("wordtone"),
        "openSubsonic": True,
        **answer,
    }
    if form == "json":
        # ASCII: what a caller sent may hold half a surrogate pair, which UTF-8 cannot.
        return Response(json.dumps({"subsonic-response": whole}), media_type="application/json")
    root = _element("subsonic-response", {"xmlns": NAMESPACE} | whole)
    return Response(
        ElementTree.tostring(root, encoding="utf-8", xml_declaration=True),
        media_type="application/xml",
    )


def _element(name: str, value: Any) -> ElementTree.Element:
    """Plain values of an object are attributes, objects are elements, lists repeat theirs."""
    element = ElementTree.Element(name)
    if not isinstance(value, dict):
        element.text = _text(value)
        return element
    for key, part in value.items():
        if isinstance(part, dict):
            element.append(_element(key, part))
        elif isinstance(part, list):
            element.extend(_element(key, one) for one in part)
        else:
            element.set(key, _text(part))
    return element


def _text(value: Any) -> str:
    plain = str(value).lower() if isinstance(value, bool) else str(value)
    return _NO_XML.sub("\ufffd", plain)


def similarity(distance: float) -> float:
    """1 for the same, 0.5 for as far apart as two tracks drawn at random, towards 0 beyond."""
    return round(1 / (1 + max(0.0, distance)), 6)


def child(track_id: str, track: Mapping[str, Any]) -> dict[str, Any]:
    """A track as a song; what is not known is left out, but for a title, which a song must have."""
    name = PurePosixPath(unquote(urlsplit(str(track.get("uri") or "")).path))
    found = {
        "id": track_id,
        "isDir": False,
        "isVideo": False,
        "type": "music",
        "mediaType": "song",
        "title": track.get("title") or name.stem or track_id,
        "artist": track.get("artist"),
        "album": track.get("album"),
        "duration": _whole(track.get("duration_s")),
        "bpm": _whole(track.get("tempo_bpm")),
        "suffix": name.suffix.removeprefix(".").lower() or None,
    }
    return {key: value for key, value in found.items() if value is not None}


def _whole(value: float | None) -> int | None:
    return None if value is None else round(value)
