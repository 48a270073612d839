"""Sections of the page that speak of music: numbers, keys, genres, words, years."""

from __future__ import annotations

from schemas.features import KEY_NAMES, groups
from service.report.page import charts
from service.report.page.gather import Catalogue, Distribution
from service.report.page.html import (
    Html,
    details,
    escaped,
    note,
    number,
    paragraph,
    scaled,
    section,
    share,
    shown,
    table,
)

_FIFTHS = (0, 7, 2, 9, 4, 11, 6, 1, 8, 3, 10, 5)


def numbers(found: Catalogue) -> Html:
    """A histogram for each feature, by group."""
    if not found.distributions:
        return section("numbers", "What is measured", note("Nothing has been measured yet."))
    by_group = {
        group: [d for d in found.distributions if d.spec.group == group] for group in groups()
    }
    parts = [
        Html(f'<h3>{escaped(group)}</h3><div class="cards">{"".join(map(_card, members))}</div>')
        for group, members in by_group.items()
        if members
    ]
    intro = note(
        "Each picture shows how many tracks have which value. The shaded span holds nine tracks "
        "of ten, the line is the median: half of the tracks lie below it. What lies far outside "
        "is counted in the first or last bar."
    )
    return section("numbers", "What is measured", intro, *parts)


def _card(d: Distribution) -> Html:
    unit = "" if d.spec.unit in ("1", "ratio") else d.spec.unit
    low, median, high = d.quantiles[1], d.quantiles[3], d.quantiles[5]
    edges = d.bins.edges()
    reach = edges[-1] - edges[0]
    middle = f"{scaled(median, reach)} {unit}".rstrip()
    picture = charts.histogram(
        charts.Histogram(
            f"{d.spec.name}: {d.spec.description}",
            unit,
            edges,
            d.counts,
            low,
            median,
            high,
            d.bins.log,
        )
    )
    rows = [
        (f"{scaled(a, reach)} – {scaled(b, reach)}", count)
        for a, b, count in zip(edges, edges[1:], d.counts, strict=False)
    ]
    return Html(
        f"<div><h3>{escaped(d.spec.name)}</h3>"
        f'<p class="quiet">{escaped(d.spec.description)}</p>{picture}'
        f'<p class="quiet">{number(d.count)} tracks; median {escaped(middle)}, '
        f"usually {scaled(low, reach)} to {scaled(high, reach)}</p>"
        f"{details('as a table', table([unit or 'value', 'tracks'], rows))}</div>"
    )


def tempo_energy(found: Catalogue) -> Html:
    intro = note(
        "Where the catalogue is dense and where it has gaps. A mapping can only promise what some "
        "track shows: an empty corner is a kind of music that it has never met."
    )
    if not found.cells:
        return section("map", "Tempo and energy", note("No track has both yet."))
    low, high = charts.GRID["low"], charts.GRID["high"]
    columns, rows = charts.GRID["columns"], charts.GRID["rows"]
    listed = [
        (
            f"{low * (high / low) ** (c['x'] / columns):.0f} – "
            f"{low * (high / low) ** ((c['x'] + 1) / columns):.0f}",
            f"{c['y'] / rows:.2f} – {(c['y'] + 1) / rows:.2f}",
            c["tracks"],
        )
        for c in found.cells
    ]
    behind = details("as a table", table(["BPM", "energy", "tracks"], listed))
    return section("map", "Tempo and energy", intro, charts.density(found.cells), behind)


def keys(found: Catalogue) -> Html:
    """Majors and minors along the circle of fifths, so that related keys are neighbours."""
    intro = note(
        "Along the circle of fifths: neighbours share all notes but one. Music that is silent or "
        "without a clear key is not counted."
    )
    columns = []
    for mode in ("major", "minor"):
        names = [f"{KEY_NAMES[tonic]} {mode}" for tonic in _FIFTHS]
        counts = {name: found.keys.get(name, 0) for name in names}
        most = max(found.keys.values(), default=1)
        columns.append(Html(f"<div>{charts.bars(counts, (mode, 'tracks'), of=most)}</div>"))
    return section("keys", "Keys", intro, Html(f'<div class="twice">{"".join(columns)}</div>'))


def genres(found: Catalogue) -> Html:
    """The commonest genres beside each other, feature by feature."""
    if not found.genres:
        return section("genres", "By genre", note("No track has a genre yet."))
    bulk = {d.spec.name: (d.quantiles[1], d.quantiles[5]) for d in found.distributions}
    specs = [spec for spec in found.compared if spec.name in bulk]
    heads = ["genre", "tracks"] + [f"{spec.name} ({spec.unit})" for spec in specs]
    rows = []
    for row in found.genres:
        drawn = [
            charts.interval(row[s.name], *_wide(*bulk[s.name])) if row[s.name] else None
            for s in specs
        ]
        rows.append([row["term"], row["tracks"], *drawn])
    intro = note(
        "The line spans nine tracks of ten of the genre, the box half of them, the red line is its "
        "median. All rows of a column have one scale."
    )
    medians = [
        [row["term"], row["tracks"], *(row[s.name][2] if row[s.name] else None for s in specs)]
        for row in found.genres
    ]
    behind = details("medians as a table", table(heads, medians))
    return section("genres", "By genre", intro, table(heads, rows), behind)


def _wide(low: float, high: float) -> tuple[float, float]:
    margin = (high - low) * 0.15
    return low - margin, high + margin


def words(found: Catalogue) -> Html:
    """The commonest terms of each kind, and those that the vocabulary does not know."""
    kinds = {row["kind"]: row for row in found.status["tags_by_kind"]}
    cards = []
    for kind in dict.fromkeys(row["kind"] for row in found.terms):
        terms = {row["term"]: row["tracks"] for row in found.terms if row["kind"] == kind}
        total = kinds[kind]["tracks"] if kind in kinds else 0
        of_all = share(total, found.status["tracks"])
        cards.append(
            Html(
                f'<div><h3>{escaped(kind)}</h3><p class="quiet">{total:,} tracks, {of_all}</p>'
                f"{charts.bars(terms, ('term', 'tracks'))}</div>"
            )
        )
    described = paragraph(
        f"{found.status['described']:,} of {found.status['tracks']:,} tracks have words beyond "
        "their names. Only those teach a mapping from words to features."
    )
    unknown = details(
        "words that the vocabulary does not know (kept as they are)",
        table(
            ["kind", "word", "tracks"],
            [(row["kind"], row["term"], row["tracks"]) for row in found.unknown_terms],
        ),
    )
    grid = Html(f'<div class="cards">{"".join(cards)}</div>')
    return section("words", "What words say", described, grid, unknown)


def years(found: Catalogue) -> Html:
    if not found.years:
        return section("years", "Years", note("No track has a date of release."))
    counts = {row["year"]: row["tracks"] for row in found.years}
    first, last = min(counts), max(counts)
    if last - first > 300:  # a date of 1042 or 9999 is a slip, not three centuries of music
        listed = sorted(counts.items())
    else:
        listed = [(year, counts.get(year, 0)) for year in range(first, last + 1)]
    rows = [(str(year), count) for year, count in listed]
    total = sum(counts.values())
    behind = details("as a table", table(["year", "tracks"], [r for r in rows if r[1]]))
    said = note(f"{total:,} of {found.status['tracks']:,} tracks have a year.")
    return section("years", "Years", said, charts.columns(rows, "Tracks by year"), behind)


def representation(found: Catalogue) -> Html:
    """How evenly artists share the catalogue."""
    a = found.artists
    if not a["artists"]:
        return section("artists", "Whose music it is", note("No track names an artist."))
    said = paragraph(
        f"{a['artists']:,} artists, {a['tracks']:,} tracks that name one. The largest has ",
        Html(share(a["top_share"], 1)),
        " of them. The catalogue is as varied as one of ",
        Html(f"<b>{shown(a['effective'])}</b>"),
        " artists of equal size; by those that a random pair of tracks meets, ",
        Html(f"<b>{shown(a['effective_common'])}</b>"),
        ".",
    )
    how = note(
        "Hill numbers of order 1 and 2 (Hill 1973). A number far below that of the artists means "
        "that a few dominate, and with them what a mapping learns."
    )
    largest = charts.bars(found.top_artists, ("artist", "tracks"))
    return section("artists", "Whose music it is", said, how, largest)
