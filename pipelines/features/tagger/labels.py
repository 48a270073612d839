"""The labels of musicnn's two vocabularies, in the order of the networks' outputs.

They are those of configuration.py of the package. MTT is MagnaTagATune's, MSD the one of the
Million Song Dataset.
"""

from __future__ import annotations

from collections.abc import Mapping

from schemas.catalogue import TagKind

_MTT = (
    "guitar, classical, slow, techno, strings, drums, electronic, rock, fast, piano, ambient, "
    "beat, violin, vocal, synth, female, indian, opera, male, singing, vocals, no vocals, "
    "harpsichord, loud, quiet, flute, woman, male vocal, no vocal, pop, soft, sitar, solo, "
    "man, classic, choir, voice, new age, dance, male voice, female vocal, beats, harp, "
    "cello, no voice, weird, country, metal, female voice, choral"
)
_MSD = (
    "rock, pop, alternative, indie, electronic, female vocalists, dance, 00s, alternative "
    "rock, jazz, beautiful, metal, chillout, male vocalists, classic rock, soul, indie rock, "
    "Mellow, electronica, 80s, folk, 90s, chill, instrumental, punk, oldies, blues, hard "
    "rock, ambient, acoustic, experimental, female vocalist, guitar, Hip-Hop, 70s, party, "
    "country, easy listening, sexy, catchy, funk, electro, heavy metal, Progressive rock, "
    "60s, rnb, indie pop, sad, House, happy"
)
LABELS: Mapping[str, tuple[str, ...]] = {
    "MTT": tuple(_MTT.split(", ")),
    "MSD": tuple(_MSD.split(", ")),
}

_VOCAL = (
    "vocal, vocals, voice, singing, female, woman, female vocal, female voice, male, man, "
    "male vocal, male voice, opera, choir, choral"
)
VOCAL = tuple(_VOCAL.split(", "))
"""Labels of MTT that mean that somebody sings or speaks."""

NO_VOCAL = ("no vocals", "no vocal", "no voice")
"""Labels of MTT that mean that nobody does."""

_OTHER_THAN_GENRES: Mapping[TagKind, str] = {
    TagKind.INSTRUMENT: "guitar, strings, drums, piano, violin, synth, harpsichord, flute, sitar, "
    "harp, cello",
    TagKind.TEMPO: "slow, fast",
    TagKind.VOCALS: "female vocalists, male vocalists, female vocalist, instrumental, "
    + ", ".join((*VOCAL, *NO_VOCAL)),
    TagKind.MOOD: "soft, weird, beautiful, mellow, chill, party, easy listening, sexy, catchy, "
    "sad, happy",
    TagKind.ERA: "00s, 60s, 70s, 80s, 90s, oldies",
    TagKind.OTHER: "acoustic, beat, beats, experimental, loud, quiet, solo",
}
_KIND = {label: kind for kind, labels in _OTHER_THAN_GENRES.items() for label in labels.split(", ")}


def kind(label: str) -> TagKind:
    """What a label says about a track."""
    return _KIND.get(label.lower(), TagKind.GENRE)
