"""Whole wordings are known; a word more or less, or a second licence, is doubt."""

from __future__ import annotations

import time
from pathlib import Path, PurePath

import pytest

from pipelines.sources.copyright import rights_of
from pipelines.sources.licence_texts import spdx_of_text

BSD = """Copyright 2002 Jane Doe. All rights reserved.

Redistribution and use in source and binary forms, with or without
modification, are permitted provided that the following conditions are met:

 1. Redistributions of source code must retain the above copyright notice,
    this list of conditions and the following disclaimer.
 2. Redistributions in binary form must reproduce the above copyright notice,
    this list of conditions and the following disclaimer in the documentation
    and/or other materials provided with the distribution.

THIS SOFTWARE IS PROVIDED ``AS IS'' AND ANY EXPRESS OR IMPLIED WARRANTIES,
INCLUDING, BUT NOT LIMITED TO, THE IMPLIED WARRANTIES OF MERCHANTABILITY AND
FITNESS FOR A PARTICULAR PURPOSE ARE DISCLAIMED. IN NO EVENT SHALL
JANE DOE OR HER FRIENDS BE LIABLE FOR ANY DIRECT, INDIRECT, INCIDENTAL,
SPECIAL, EXEMPLARY, OR CONSEQUENTIAL DAMAGES (INCLUDING, BUT NOT LIMITED TO,
PROCUREMENT OF SUBSTITUTE GOODS OR SERVICES; LOSS OF USE, DATA, OR PROFITS;
OR BUSINESS INTERRUPTION) HOWEVER CAUSED AND ON ANY THEORY OF LIABILITY,
WHETHER IN CONTRACT, STRICT LIABILITY, OR TORT (INCLUDING NEGLIGENCE OR
OTHERWISE) ARISING IN ANY WAY OUT OF THE USE OF THIS SOFTWARE, EVEN IF
ADVISED OF THE POSSIBILITY OF SUCH DAMAGE.
"""
ZLIB = """This music is provided 'as-is', without any express or implied warranty."""
GPL = """This program is free software; you can redistribute it and/or modify it
under the terms of the GNU General Public License as published by the Free
Software Foundation; either version 2, or (at your option) any later version.

This program is distributed in the hope that it will be useful, but WITHOUT ANY
WARRANTY; without even the implied warranty of MERCHANTABILITY or FITNESS FOR A
PARTICULAR PURPOSE.  See the GNU General Public License for more details.
"""
PACKAGING = """The Debian packaging is Copyright (C) 2007, Some Maintainer <x@example.org>
and is licensed under the GPL, see `/usr/share/common-licenses/GPL-3'.
"""
CC = """The songs are Copyright (c) 2009 Jane Doe and are licenced under the terms of the
Creative Commons Attribution ShareAlike licence 3.0, see
http://creativecommons.org/licenses/by-sa/3.0 for it.
"""


@pytest.mark.parametrize(
    ("text", "spdx"),
    [
        (BSD, "BSD-2-Clause"),
        (BSD + "\n" + PACKAGING, "BSD-2-Clause"),
        (BSD.replace("JANE DOE OR HER FRIENDS", "THE REGENTS OR CONTRIBUTORS"), "BSD-2-Clause"),
        (GPL, "GPL-2.0-or-later"),
        (CC, "CC-BY-SA-3.0"),
        (f"{CC}\n{PACKAGING}", "CC-BY-SA-3.0"),
        (f"{BSD}\nimport/lib*:\n\n{GPL}", "BSD-2-Clause"),
        # Doubt:
        (f"{BSD}\n{GPL}", None),
        (f"{BSD}\nThe music is not part of this.", None),
        (BSD.replace("binary form must reproduce", "binary form need not reproduce"), None),
        (BSD.replace("ARE PERMITTED", "are permitted").replace("or without", "but without"), None),
        (f"{BSD}\nThe sounds are licensed under CC BY 3.0.", None),
        (f"{CC}\nThe drums are licensed under CC BY-NC 3.0.", None),
        (f"{CC}\nThe lyrics are in the public domain.", None),
        (f"{CC}\nThe last song is under the GPL.", None),
        ("The icons are licensed under CC BY 3.0.", None),
        ("The songs are licensed under CC BY 3.0. The rest is proprietary.", None),
        ("The songs are licensed under CC BY 3.0.", "CC-BY-3.0"),
        (ZLIB, None),
        (PACKAGING, None),
        ("", None),
    ],
)
def test_texts(text: str, spdx: str | None) -> None:
    assert spdx_of_text(text) == spdx


def test_a_section_for_a_path_counts_where_it_covers_the_file(tmp_path: Path) -> None:
    file = tmp_path / "copyright"
    file.write_text(f"Packaged by Somebody.\n\n{BSD}\nmusic/*:\n\n{GPL}")
    heard = rights_of(file, PurePath("usr/share/games/x/music/a.ogg"))
    other = rights_of(file, PurePath("usr/share/games/x/sounds/a.ogg"))
    assert heard is not None
    assert other is not None
    assert (heard.spdx, other.spdx) == (None, "BSD-2-Clause")
    assert heard.raw == other.raw == file.read_text().strip()


def test_a_named_licence_with_a_known_text(tmp_path: Path) -> None:
    file = tmp_path / "copyright"
    body = "\n".join(f" {line or '.'}" for line in BSD.splitlines())
    file.write_text(
        "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\n"
        f"Files: *\nCopyright: 2002 Jane Doe\nLicense: BSD\n{body}\n"
    )
    found = rights_of(file, PurePath("usr/share/games/x/a.ogg"))
    assert found is not None
    assert found.spdx == "BSD-2-Clause"


@pytest.mark.parametrize(
    "text",
    [
        "the work as defined below is provided under " * 9000,
        "redistribution and use in source and binary forms " * 8000,
        "a/b:\n" * 80_000,
        "the debian packaging is copyright " * 10_000,
        "attribution " * 30_000,
        "on debian systems the text of " * 10_000,
    ],
)
def test_hostile_texts_end(text: str) -> None:
    started = time.process_time()
    assert spdx_of_text(text) is None
    assert time.process_time() - started < 5
