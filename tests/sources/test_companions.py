"""What lies beside audio in a folder: tables, sidecars and scores, and which words come of them."""

from __future__ import annotations

import os
from pathlib import Path

from pipelines.sources.folder import list_folder
from pipelines.sources.listing import FoundFile, Listing, Role
from pipelines.sources.pattern import compile_pattern
from pipelines.sources.text import read_text
from schemas.catalogue import TagKind
from tests.sources.midi import midi
from tests.sources.sound import tone


def by_name(listing: Listing, folder: Path) -> dict[str, FoundFile]:
    return {str(Path(f.uri).relative_to(folder)): f for f in listing.files}


def test_a_table_speaks_of_its_folder_and_below(tmp_path: Path) -> None:
    one, two = tone(tmp_path / "one.flac"), tone(tmp_path / "disc 2" / "two.flac")
    (tmp_path / "metadata.csv").write_text(
        "\ufefffile,Title,artist,genre,loudness,license\n"
        'one.flac,"One, the first",Jane,"Jazz; Swing",-9,CC-BY-4.0\n'
        "disc 2/two.flac,Two,,,,\n"
        "gone.flac,Gone,,,,\n"
        "one.flac,Again,,,,\n"
        "ragged.flac,x\n"
        "../../etc/passwd,x,,,,\n"
        "\n"
    )
    listing = list_folder(tmp_path)
    files = by_name(listing, tmp_path)
    found = read_text(one, tmp_path, said=files["one.flac"].said)
    assert (found.title, found.artist) == ("One, the first", "Jane")
    assert {t.term for t in found.tags if t.source == "csv:genre"} == {"jazz", "swing"}
    (rights,) = found.rights
    assert (rights.source, rights.spdx) == ("csv:license", "CC-BY-4.0")
    assert read_text(two, tmp_path, said=files["disc 2/two.flac"].said).title == "Two"
    notes = " ".join(listing.notes)
    for part in ("loudness", "names one.flac again", "has 2 fields of 6", "no file of this folder"):
        assert part in notes
    assert "1 rows name files that are not inputs" in notes


def test_the_nearest_table_and_the_sidecar_win(tmp_path: Path) -> None:
    path = tone(tmp_path / "a" / "x.flac")
    (tmp_path / "tracks.csv").write_text("path,title,artist\na/x.flac,Outer,Outer\n")
    (tmp_path / "a" / "tracks.csv").write_text("filename,title\nx.flac,Inner\n")
    (file,) = list_folder(tmp_path).files
    found = read_text(path, tmp_path, said=file.said)
    assert (found.title, found.artist) == ("Inner", "Outer")
    path.with_suffix(".json").write_text('{"title": "Sidecar"}')
    assert read_text(path, tmp_path, said=file.said).title == "Sidecar"


def test_tables_that_cannot_be_read_are_noted(tmp_path: Path) -> None:
    tone(tmp_path / "x.flac")
    table = tmp_path / "metadata.csv"
    for data, says in (
        (b"title\nx\n", "no column named file"),
        (b"", "no column named file"),
        (b"file,title\n\xff\xfe,x\n", "not UTF-8"),
        (b'file,title\n"x.flac,never closed\n', "fields of"),
    ):
        table.write_bytes(data)
        listing = list_folder(tmp_path)
        assert [f.said for f in listing.files] == [()]
        assert says in " ".join(listing.notes), data


def test_words_change_with_what_lies_beside(tmp_path: Path) -> None:
    path = tone(tmp_path / "x.flac")

    def words() -> str | None:
        (file,) = list_folder(tmp_path).files
        return file.words

    seen = {words()}
    assert seen == {None}
    sidecar = path.with_suffix(".json")
    sidecar.write_text("{}")
    seen.add(words())
    os.utime(sidecar, ns=(1, 1))
    seen.add(words())
    (tmp_path / "metadata.csv").write_text("file,title\nx.flac,T\n")
    seen.add(words())
    midi(tmp_path / "x.mid")
    seen.add(words())
    assert len(seen) == 5
    assert words() == words()


def test_a_pattern_speaks_after_the_tags(tmp_path: Path) -> None:
    path = tone(tmp_path / "Jane" / "Jazz - Song.flac", title="Tagged")
    tone(tmp_path / "stray.flac")
    listing = list_folder(tmp_path, pattern=compile_pattern("{artist}/{genre} - {title}"))
    files = by_name(listing, tmp_path)
    found = read_text(path, tmp_path, said=files["Jane/Jazz - Song.flac"].said)
    assert (found.title, found.artist) == ("Tagged", "Jane")
    assert [t.term for t in found.tags if t.kind is TagKind.GENRE] == ["jazz"]
    assert {t.source for t in found.tags if t.term in ("jazz", "jane", "song")} >= {"path:pattern"}
    assert files["stray.flac"].said == ()
    assert "1 of 2 files do not match" in " ".join(listing.notes)


def test_scores_belong_to_audio_of_their_name(tmp_path: Path) -> None:
    tone(tmp_path / "a.flac")
    for name in ("a.mid", "a.musicxml", "b.kar"):
        midi(tmp_path / name)
    files = by_name(list_folder(tmp_path), tmp_path)
    assert set(files) == {"a.flac", "b.kar"}
    assert [Path(s.uri).name for s in files["a.flac"].scores] == ["a.mid", "a.musicxml"]
    assert (files["a.flac"].role, files["b.kar"].role) == (Role.AUDIO, Role.SCORE)


def test_notes_belong_to_the_song_of_their_folder(tmp_path: Path) -> None:
    for folder in ("game", "album", "twice"):
        midi(tmp_path / folder / "notes.mid")
    for name in ("game/song.ogg", "game/guitar.ogg", "album/1.ogg", "album/2.ogg", "twice/x.ogg"):
        tone(tmp_path / name)
    midi(tmp_path / "twice" / "other.mid")
    files = by_name(list_folder(tmp_path), tmp_path)
    assert [Path(s.uri).name for s in files["game/song.ogg"].scores] == ["notes.mid"]
    own = {name for name, file in files.items() if file.role is Role.SCORE}
    assert own == {"album/notes.mid", "twice/notes.mid", "twice/other.mid"}


def test_xml_is_a_score_when_it_says_so(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text('<?xml version="1.0"?><score-partwise version="4.0"/>')
    (tmp_path / "b.xml").write_text('<?xml version="1.0"?><project/>')
    assert set(by_name(list_folder(tmp_path), tmp_path)) == {"a.xml"}


def test_a_single_file_has_its_companions(tmp_path: Path) -> None:
    path = tone(tmp_path / "x.flac")
    tone(tmp_path / "y.flac")
    midi(tmp_path / "x.mid")
    midi(tmp_path / "y.mid")
    path.with_suffix(".json").write_text("{}")
    (tmp_path / "metadata.csv").write_text("file,title\nx.flac,T\n")
    (file,) = list_folder(path).files
    assert [Path(b.uri).name for b in file.beside] == ["x.json", "x.mid"]
    assert [one.values for one in file.said] == [("T",)]
    (score,) = list_folder(tmp_path / "y.mid").files
    assert score.role is Role.SCORE
