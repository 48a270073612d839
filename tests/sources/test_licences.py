"""SPDX where there is no doubt, null where there is any."""

from __future__ import annotations

import pytest

from pipelines.sources.licences import holder_of, mentions_licence, spdx_of, spdx_of_short_name
from pipelines.sources.words import known_words


@pytest.mark.parametrize(
    ("statement", "spdx"),
    [
        ("http://creativecommons.org/licenses/by-sa/3.0/", "CC-BY-SA-3.0"),
        ("https://creativecommons.org/licenses/by-nc-nd/4.0/deed.en", "CC-BY-NC-ND-4.0"),
        ("https://creativecommons.org/licenses/by/3.0/legalcode", "CC-BY-3.0"),
        ("https://creativecommons.org/publicdomain/zero/1.0/", "CC0-1.0"),
        ("Licensed under CC BY-SA 4.0.", "CC-BY-SA-4.0"),
        ("Creative Commons Attribution-ShareAlike 3.0 Unported", "CC-BY-SA-3.0"),
        ("Creative Commons Attribution-NonCommercial-NoDerivs 3.0", "CC-BY-NC-ND-3.0"),
        ("CC BY 3.0, http://creativecommons.org/licenses/by/3.0/", "CC-BY-3.0"),
        ("CC0", "CC0-1.0"),
        ("GPL-2+", "GPL-2.0-or-later"),
        ("GPL-3.0+ and CC-BY-SA-3.0", "GPL-3.0-or-later AND CC-BY-SA-3.0"),
        ("Expat", "MIT"),
        ("Free-Art-License-1.3", "LAL-1.3"),
        ("LGPL-2.1", "LGPL-2.1-only"),
        # Doubt:
        ("Creative Commons", None),
        ("CC BY", None),
        ("https://creativecommons.org/licenses/by/3.0/us/", None),
        ("CC-BY-3.0-US", None),
        ("not CC BY 4.0", None),
        ("CC BY 3.0 or CC BY-SA 3.0", None),
        ("CC BY 4.0 except the drums, which are GPL", None),
        ("MIT", None),
        ("GPL-2.1", None),
        ("GPL", None),
        ("public domain", None),
        ("Free Art License", None),
        ("", None),
    ],
)
def test_spdx(statement: str, spdx: str | None) -> None:
    assert spdx_of(statement) == spdx


def test_short_names_do_not_mix_and_with_or() -> None:
    assert spdx_of_short_name("GPL-2 or Zlib") == "GPL-2.0-only OR Zlib"
    assert spdx_of_short_name("GPL-2 or Zlib and ISC") is None
    assert spdx_of_short_name("GPL-2 and Custom") is None


@pytest.mark.parametrize(
    ("text", "speaks"),
    [
        ("All rights reserved", True),
        ("Released under the Free Art License", True),
        ("this is public domain", True),
        ("licensed to XYZ", True),
        ("a licence to thrill", False),
        ("recorded in public", False),
        ("abcc by the sea", False),
    ],
)
def test_mentions(text: str, speaks: bool) -> None:
    assert mentions_licence(text) is speaks


@pytest.mark.parametrize(
    ("line", "holder"),
    [
        ("Copyright (c) 2007 Alex Almarza", "Alex Almarza"),
        ("2007-2011, Àlex Almarza <x@example.org>", "Àlex Almarza"),
        ("© 2004 by Foo Bar. All rights reserved", "Foo Bar"),
        ("Bystander Inc", "Bystander Inc"),
        ("no-copyright", None),
        ("2007", None),
        ("", None),
    ],
)
def test_holders(line: str, holder: str | None) -> None:
    assert holder_of(line) == holder


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("An orchestral waltz", {"orchestral", "waltz"}),
        ("heavy metal", {"heavy metal"}),
        ("danish metal band", {"metal"}),
        ("Drum'n'Bass and drum & bass", {"drum and bass"}),
        ("rocks fall on the house in the dark country", set()),
        ("Rock", {"rock"}),
        ("pianola ambiently technology", set()),
    ],
)
def test_known_words_are_whole_and_settled(text: str, found: set[str]) -> None:
    made = known_words(text, "x")
    assert {t.term for t in made} == found
    assert all(t.source == "x:word" and t.weight == 0.5 for t in made)
