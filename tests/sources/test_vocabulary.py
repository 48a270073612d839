"""The vocabulary: what it holds, what spelling finds what, and what a person may add."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.sources.metadata import normalise
from pipelines.sources.terms import normalise_term, read_terms, split_values
from pipelines.sources.words import known_words
from schemas.catalogue import TagKind
from schemas.errors import ContractError
from schemas.vocabulary import builtin, fold, load, using
from schemas.vocabulary.terms import KINDS

K = TagKind


@pytest.mark.parametrize(
    ("kind", "least"),
    [(K.GENRE, 350), (K.INSTRUMENT, 150), (K.MOOD, 120), (K.LANGUAGE, 40), (K.ERA, 20)],
)
def test_breadth(kind: TagKind, least: int) -> None:
    assert len(builtin().entries[kind]) >= least


def test_every_term_is_normal_and_finds_itself() -> None:
    vocabulary = builtin()
    for entry in vocabulary:
        assert normalise(entry.term) == entry.term
        found = vocabulary.find(entry.term, entry.kind)
        assert found is not None
        assert found.term == entry.term
        assert vocabulary.ancestors(entry)[0] == entry.term


def test_every_language_has_a_code_of_bcp_47() -> None:
    codes = [entry.code for entry in builtin().entries[K.LANGUAGE].values()]
    assert all(code and code.isalpha() and code.islower() and len(code) in (2, 3) for code in codes)
    assert len(set(codes)) == len(codes)


@pytest.mark.parametrize(
    ("term", "kind", "above"),
    [
        ("2-step", K.GENRE, {"uk garage", "electronic"}),
        ("melodic death metal", K.GENRE, {"death metal", "metal", "rock"}),
        ("bebop", K.GENRE, {"jazz"}),
        ("muted trumpet", K.INSTRUMENT, {"trumpet", "brass", "winds"}),
        ("hammond organ", K.INSTRUMENT, {"organ", "keyboards"}),
        ("1980s", K.ERA, {"20th century"}),
        ("prestissimo", K.TEMPO, {"fast"}),
    ],
)
def test_hierarchy(term: str, kind: TagKind, above: set[str]) -> None:
    entry = builtin().find(term, kind)
    assert entry is not None
    assert above <= set(builtin().ancestors(entry))


@pytest.mark.parametrize(
    ("text", "hint", "term", "kind"),
    [
        ("Hip-Hop/Rap", K.GENRE, "hip hop", K.GENRE),
        ("HIPHOP", K.GENRE, "hip hop", K.GENRE),
        ("Drum & Bass", K.GENRE, "drum and bass", K.GENRE),
        ("drum'n'bass", K.GENRE, "drum and bass", K.GENRE),
        ("R&B", K.GENRE, "r&b", K.GENRE),
        ("Rock 'n' Roll", K.GENRE, "rock and roll", K.GENRE),
        ("Klassik", K.GENRE, "classical", K.GENRE),
        ("Jazz music", K.GENRE, "jazz", K.GENRE),
        ("Synthpop", K.GENRE, "synth-pop", K.GENRE),
        ("Reggaetón", K.GENRE, "reggaeton", K.GENRE),
        ("Piano", K.GENRE, "piano", K.INSTRUMENT),
        ("Female Vocals", K.GENRE, "female vocals", K.VOCALS),
        ("80s", K.GENRE, "1980s", K.ERA),
        ("Trumpets", K.INSTRUMENT, "trumpet", K.INSTRUMENT),
        ("Geige", K.INSTRUMENT, "violin", K.INSTRUMENT),
        ("guitare électrique", K.INSTRUMENT, "electric guitar", K.INSTRUMENT),
        ("Double Basses", K.INSTRUMENT, "double basses", K.INSTRUMENT),
        ("melancholy", K.MOOD, "melancholic", K.MOOD),
        ("pt-BR", K.LANGUAGE, "portuguese", K.LANGUAGE),
        ("deu", K.LANGUAGE, "german", K.LANGUAGE),
        ("Techno", K.OTHER, "techno", K.GENRE),
        # "no" is Norwegian in a language field only.
        ("no", K.OTHER, "no", K.OTHER),
        ("Adagio", K.TEMPO, "adagio", K.TEMPO),
        ("124 bpm", K.TEMPO, "124 bpm", K.TEMPO),
        ("Wibble-core", K.GENRE, "wibble-core", K.GENRE),
        ("piano", K.ARTIST, "piano", K.ARTIST),
    ],
)
def test_terms(text: str, hint: TagKind, term: str, kind: TagKind) -> None:
    found = normalise_term(text, hint)
    assert found is not None
    assert (found.term, found.kind) == (term, kind)


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("Rock; Pop", {"rock", "pop"}),
        ("Rock/Pop", {"rock", "pop"}),
        ("Techno, House", {"techno", "house"}),
        ("Techno, House & Trance", {"techno", "house", "trance"}),
        ("Pop & Rock", {"pop", "rock"}),
        ("Rock - Wibble", {"rock", "wibble"}),
        ("Folk, World, & Country", {"folk"}),
        ("R&B", {"r&b"}),
        ("Drum & Bass", {"drum and bass"}),
        ("Rock and Roll", {"rock and roll"}),
        ("Jazz+Funk", {"jazz funk"}),
        ("AC/DC", {"ac/dc"}),
        ("Sturm und Drang", {"sturm und drang"}),
        ("Simon & Garfunkel", {"simon & garfunkel"}),
        ("Wibble, Wobble", {"wibble", "wobble"}),
        ("", set()),
        (" ; / ,", {"/ ,"}),
    ],
)
def test_fields_of_several_values(text: str, terms: set[str]) -> None:
    assert {found.term for found in read_terms(text, K.GENRE, "x")} == terms


def test_raw_and_version_are_kept_and_unknown_has_none() -> None:
    known, unknown = read_terms("Hip-Hop; Wibble", K.GENRE, "x")
    assert (known.raw, known.vocabulary) == ("Hip-Hop; Wibble", builtin().version)
    assert (unknown.raw, unknown.vocabulary) == ("Hip-Hop; Wibble", None)
    (crossed,) = read_terms("Piano", K.GENRE, "x")
    assert (crossed.kind, crossed.field) == (K.INSTRUMENT, K.GENRE)


@given(st.text(max_size=60), st.sampled_from(KINDS))
def test_any_text_is_split_and_named_without_loss_of_sense(text: str, kind: TagKind) -> None:
    assert fold(fold(text)) == fold(text)
    for value in split_values(text, kind):
        found = normalise_term(value, kind)
        if found is not None:
            again = normalise_term(found.term, found.kind)
            assert again is not None
            assert (again.term, again.known) == (found.term, found.known)


def test_everyday_words_are_no_music() -> None:
    text = "The party was wild; we love the world, urban life and a cold drum of beer."
    assert known_words(text, "x") == []
    assert {t.term for t in known_words("two trumpets and a synthesiser", "x")} == {
        "trumpet",
        "synthesizer",
    }


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_a_persons_additions(tmp_path: Path) -> None:
    file = write(
        tmp_path / "mine.toml",
        '[genre.in.techno]\nghettotech = ["ghetto tech"]\n'
        '[genre.in.rock]\n"wibble rock" = []\n[genre.roots]\nrock = ["rawk"]\n',
    )
    mine = load(file)
    assert mine.version.startswith(f"{builtin().version}+")
    with using(mine):
        assert normalise_term("Ghetto-Tech", K.GENRE).term == "ghettotech"  # type: ignore[union-attr]
        assert normalise_term("Rawk", K.GENRE).term == "rock"  # type: ignore[union-attr]
        assert [t.term for t in known_words("a bit of wibble rock", "x")] == ["wibble rock"]
    assert normalise_term("Rawk", K.GENRE).known is False  # type: ignore[union-attr]
    write(file, '[genre.roots]\nother-thing = ["another thing"]\n')
    assert load(file).version not in (mine.version, builtin().version)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[genre.in.tehcno]\nx = []", "parent of 'x' 'tehcno': did you mean techno"),
        ("[genre.in.a]\nb = []\n[genre.in.b]\na = []", "is a circle"),
        ('[genre.roots]\nx = ["techno"]', "'techno' belongs to 'techno' and to 'x'"),
        ('[genre.roots]\nx = ["y"]\nz = ["Y"]', "'Y' belongs to 'x' and to 'z'"),
        ("[gnere.roots]\nx = []", "kind 'gnere': did you mean genre"),
        ("[genre.root]\nx = []", "section of genre 'root': did you mean roots"),
        ('[genre.roots]\nx = "y"', "valid is a list of other names"),
        ("[genre.roots]\nX = []", "a term is lower case"),
        ('[genre.roots]\n"!!" = []', "is empty or longer"),
        ('[genre.free_text]\nnever = ["techo"]', "never name 'techo': did you mean techno"),
        ("genre = 3", "genre is int; valid is a table"),
        ("[genre.in]\nrock = 3", "a parent's entry is no table"),
        ("[[", "not valid TOML"),
    ],
)
def test_additions_that_cannot_be(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(ContractError, match=r"mine\.toml") as caught:
        load(write(tmp_path / "mine.toml", text))
    assert complaint in str(caught.value)


def test_a_file_that_is_not_there_or_too_large(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match="No such file"):
        load(tmp_path / "none.toml")
    with pytest.raises(ContractError, match="larger than"):
        load(write(tmp_path / "big.toml", "#" * ((1 << 20) + 1)))
