"""A picture of an explanation: each feature as a walk from the catalogue's middle to the answer.

One self-contained SVG: no script, no font, no link. It follows the light or dark scheme of who
looks at it. Text of the prompt is escaped; colour says up or down, and so do the signs.
"""

from __future__ import annotations

import html
from collections.abc import Sequence

from pipelines.printable import printable
from schemas.control import Explanation

_ROW, _HEAD, _LEFT, _WIDTH, _GAP = 22, 44, 210, 820, 18
_RIGHT = 92
_LONGEST = 30
_STYLE = (
    "svg{font:13px system-ui,sans-serif}.b{fill:#faf8f4}text{fill:#1d1b19}"
    ".q{fill:#6d665e;font-size:12px}.u{fill:#2458c5}.d{fill:#a33b2a}.l{stroke:#cfc7ba}"
    ".s{stroke:#6d665e;stroke-dasharray:2 3}.h{font-weight:650}"
    "@media(prefers-color-scheme:dark){.b{fill:#161513}text{fill:#efeae2}"
    ".q{fill:#a39b90}.u{fill:#82a8ff}.d{fill:#ff8d78}.l{stroke:#4a453d}}"
)


def waterfall(found: Explanation, features: Sequence[str]) -> str:
    """The SVG document for these features, one panel each."""
    panels, top = [], 52.0
    for name in features:
        panel, height = _panel(found, name)
        panels.append(f'<g transform="translate(0 {top:.0f})">{panel}</g>')
        top += height + _GAP
    title = f"What each phrase moved: {_plain(found.prompt, 90)}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {top:.0f}" '
        f'width="{_WIDTH}" height="{top:.0f}" role="img" aria-label="{title}">'
        f"<title>{title}</title><style>{_STYLE}</style>"
        f'<rect class="b" width="{_WIDTH}" height="{top:.0f}"/>'
        f'<text class="h" x="16" y="26" font-size="16">{_plain(found.prompt, 90)}</text>'
        f'<text class="q" x="16" y="44">from the catalogue’s middle to the answer; '
        f"the steps add up</text>{''.join(panels)}</svg>\n"
    )


def page(found: Explanation, features: Sequence[str]) -> str:
    """The picture in an HTML page that needs nothing else."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{_plain(found.prompt, 90)} – wordtone</title>"
        "<style>:root{color-scheme:light dark}body{margin:0}svg{max-width:100%;height:auto}</style>"
        f"</head><body>{waterfall(found, features)}</body></html>\n"
    )


def _panel(found: Explanation, name: str) -> tuple[str, float]:
    steps = [(phrase.text, phrase.effects[name]) for phrase in found.phrases]
    places = [found.base[name]]
    for _, effect in steps:
        places.append(places[-1] + effect)
    low, high = min(places), max(places)
    span = (high - low) or 1.0

    def x(value: float) -> float:
        return _LEFT + (value - low) / span * (_WIDTH - _LEFT - _RIGHT)

    base, answer = found.base[name], found.predicted[name]
    bottom = _HEAD + _ROW * len(steps)
    parts = [
        f'<text class="h" x="16" y="16">{_plain(name, 40)}</text>'
        f'<text class="q" x="16" y="32">{_plain(found.units[name], 30)}</text>',
        *(
            f'<line class="s" x1="{x(v):.1f}" x2="{x(v):.1f}" y1="{_HEAD - 8}" y2="{bottom}"/>'
            for v in (base, answer)
        ),
        _label(x(base), 16, f"catalogue {base:.4g}"),
        _label(x(answer), bottom + 16, f"answer {answer:.4g}"),
    ]
    for i, (text, effect) in enumerate(steps):
        parts.append(_step(text, effect, x(places[i]), x(places[i + 1]), _HEAD + _ROW * i))
    return "".join(parts), bottom + 20


def _label(x: float, y: float, text: str) -> str:
    anchor = "start" if x < _WIDTH - 200 else "end"
    return f'<text class="q" x="{x:.1f}" y="{y:.0f}" text-anchor="{anchor}">{text}</text>'


def _step(text: str, effect: float, before: float, after: float, y: float) -> str:
    left, width = min(before, after), max(1.0, abs(after - before))
    kind = "u" if effect >= 0 else "d"
    return (
        f'<text x="{_LEFT - 10}" y="{y + 12:.0f}" text-anchor="end">{_plain(text, _LONGEST)}</text>'
        f'<rect class="{kind}" x="{left:.1f}" y="{y:.0f}" width="{width:.1f}" height="15" rx="2"/>'
        f'<text class="q" x="{left + width + 5:.1f}" y="{y + 12:.0f}">{effect:+.3g}</text>'
    )


def _plain(text: str, longest: int) -> str:
    return html.escape(printable(text, longest), quote=True)
