"""The tables of docs/payloads.md, out of the manifests."""

from __future__ import annotations

from generation.payloads import catalogue
from schemas.generation import EngineManifest, Parameter


def tables() -> str:
    """One section a generator, in the order of BUILDERS."""
    return "\n\n".join(_section(catalogue.manifest(engine)) for engine in catalogue.BUILDERS)


def _section(manifest: EngineManifest) -> str:
    channels = "mono" if manifest.channels == 1 else "stereo"
    voice = "sings" if manifest.sings else "does not sing"
    rate = f"{manifest.sample_rate_hz / 1000:g} kHz"
    facts = (
        f"To {manifest.longest_s:.5g} s, {rate} {channels}, {voice}. "
        f"Code {manifest.code_licence}, weights {manifest.weights_licence or 'none'}. "
        f"Source: {manifest.source}."
    )
    head = "| its name | takes | how | unit | range or values | note |\n" + "|---" * 6 + "|"
    rows = [_row(one) for one in manifest.parameters]
    return "\n".join([f"### {manifest.engine}: {manifest.title}", "", facts, "", head, *rows])


def _row(one: Parameter) -> str:
    span = _span(one)
    return (
        f"| `{one.name}` | {one.takes} | {one.applied.value} | {one.unit} | {span} | {one.note} |"
    )


def _span(one: Parameter) -> str:
    if one.values:
        return ", ".join(one.values)
    if one.minimum is None and one.maximum is None:
        return ""
    if one.minimum is None:
        return f"at most {one.maximum:g}"
    return f"{one.minimum:g} … {'' if one.maximum is None else f'{one.maximum:.6g}'}"
