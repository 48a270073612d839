"""SPDX where there is no doubt, null where there is any."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.sources.licences import holder_of, mentions_licence, spdx_of, spdx_of_short_name
from pipelines.sources.spdx import expression, licensing
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
        ("GPL-2 or Zlib and ISC", "GPL-2.0-only OR (Zlib AND ISC)"),
        ("GPL-2+ with Font exception", "GPL-2.0-or-later WITH Font-exception-2.0"),
        ("MIT OR Apache-2.0", "MIT OR Apache-2.0"),
        ("SPDX-License-Identifier: mit", "MIT"),
        ("CC-BY-3.0-US", "CC-BY-3.0-US"),
        ("CC BY-SA 3.0 DE", "CC-BY-SA-3.0-DE"),
        ("https://creativecommons.org/licenses/by/3.0/us/", "CC-BY-3.0-US"),
        ("https://creativecommons.org/licenses/by-nc-sa/3.0/us/", "LicenseRef-CC-BY-NC-SA-3.0-US"),
        ("http://creativecommons.org/licenses/by-nd-nc/1.0/", "CC-BY-NC-ND-1.0"),
        ("https://creativecommons.org/publicdomain/mark/1.0/", "CC-PDM-1.0"),
        (
            "Attribution-Noncommercial-Share Alike 3.0 United States",
            "LicenseRef-CC-BY-NC-SA-3.0-US",
        ),
        ("Attribution-Share Alike 3.0 Germany", "CC-BY-SA-3.0-DE"),
        ("Attribution-NonCommercial-NoDerivatives (aka Music Sharing) 3.0", "CC-BY-NC-ND-3.0"),
        ("Creative Commons Attribution-ShareAlike licence 3.0:", "CC-BY-SA-3.0"),
        ("a Creative Commons Attribution 3.0 United States License", "CC-BY-3.0-US"),
        ("public domain", "LicenseRef-Public-Domain"),
        ("This recording is in the public domain.", "LicenseRef-Public-Domain"),
        ("© 2009 Jane Doe. All rights reserved.", "LicenseRef-All-Rights-Reserved"),
        # Doubt:
        ("All rights reserved, except as the licence permits", None),
        ("the lyrics are in the public domain", None),
        ("https://creativecommons.org/licenses/by/3.0/xx/", None),
        ("https://creativecommons.org/licenses/by/4.0/us/", None),
        ("https://creativecommons.org/licenses/by/9.0/", None),
        ("Creative Commons Attribution 3.0 Ruritania", None),
        ("a piece with Attribution 3.0 in its title", None),
        ("Attribution-NonCommercial-ShareAlike", None),
        ("GPL-2+ with Kitchen exception", None),
        ("Creative Commons", None),
        ("CC BY", None),
        ("not CC BY 4.0", None),
        ("CC BY 3.0 or CC BY-SA 3.0", None),
        ("CC BY 4.0 except the drums, which are GPL", None),
        ("MIT", None),
        ("GPL-2.1", None),
        ("GPL", None),
        ("Free Art License", None),
        ("", None),
    ],
)
def test_spdx(statement: str, spdx: str | None) -> None:
    assert spdx_of(statement) == spdx


def test_short_names_are_joined() -> None:
    assert spdx_of_short_name("GPL-2 or Zlib") == "GPL-2.0-only OR Zlib"
    assert spdx_of_short_name("GPL-2 and Custom") is None
    assert spdx_of_short_name(" and ".join(["GPL-2"] * 500)) is None


_PIECES = st.sampled_from(
    [
        *(
            "CC BY",
            "CC-BY-NC-SA",
            "CC0",
            "3.0",
            "4.0",
            "2.1",
            "-",
            "US",
            "DE",
            "IGO",
            " and ",
            " or ",
        ),
        *(" with ", "Font exception", "GPL-2+", "LGPL", "MIT", "LicenseRef-X", "(", ")", "Zlib"),
        *("Creative Commons ", "Attribution", "-NonCommercial", "-Share Alike", " 3.0", " Germany"),
        *("https://creativecommons.org/licenses/by-nc/3.0/", "us/", "zero", "public domain", " "),
        *("all rights reserved", "©", "AND", "OR", "SPDX-License-Identifier: "),
    ]
)


@given(st.lists(_PIECES | st.text(max_size=4), max_size=9).map("".join))
def test_whatever_is_returned_is_a_normal_expression(statement: str) -> None:
    for read in (spdx_of, spdx_of_short_name):
        found = read(statement)
        if found is not None:
            assert expression(found) == found
            assert not validate(found)


def validate(found: str) -> list[str]:
    """Faults the library finds, but for ids that are references of ours."""
    errors = licensing().validate(found, strict=True).invalid_symbols
    return [symbol for symbol in errors if not symbol.startswith("LicenseRef-")]


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
