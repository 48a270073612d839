"""ACE-Step 1.5 through diffusers: `AceStepPipeline(prompt=…, lyrics=…, bpm=…, keyscale=…, …)`.

Tempo, key, metre and length reach the model as words in a template ("- bpm: 124"), so that they
are requests and not controls: measured adherence is at chance for the tempo (docs/engines.md).
The caption leaves them out, as the authors' guide asks.
"""

from __future__ import annotations

from generation.around import asking
from generation.payloads.base import Draft, Payload
from schemas.conditioning import ConditioningRequest
from schemas.generation import EngineManifest, Parameter
from schemas.parts import Applied

DEFAULT_S = 30.0
_LANGUAGES = (
    "ar", "az", "bg", "bn", "ca", "cs", "da", "de", "el", "en", "es", "fa", "fi", "fr", "he", "hi",
    "hr", "ht", "hu", "id", "is", "it", "ja", "ko", "la", "lt", "ms", "ne", "nl", "no", "pa", "pl",
    "pt", "ro", "ru", "sa", "sk", "sr", "sv", "sw", "ta", "te", "th", "tl", "tr", "uk", "ur", "vi",
    "yue", "zh",
)  # fmt: skip
_METRES = {"2/4": "2", "2/2": "2", "3/4": "3", "4/4": "4", "6/8": "6"}

MANIFEST = EngineManifest(
    engine="ace-step",
    title="ACE-Step 1.5",
    parameters=(
        Parameter(name="prompt", takes="prompt", applied=Applied.PROMPT, unit="characters",
                  maximum=512),
        Parameter(name="lyrics", takes="lyrics", applied=Applied.PROMPT, unit="characters",
                  maximum=4096, note='sections as "[verse]"; "[Instrumental]" for no voice'),
        Parameter(name="vocal_language", takes="language", applied=Applied.PROMPT,
                  values=_LANGUAGES),
        Parameter(name="audio_duration", takes="duration_s", applied=Applied.NATIVE, unit="s",
                  minimum=10, maximum=600),
        Parameter(name="bpm", takes="tempo_bpm", applied=Applied.PROMPT, unit="BPM", minimum=30,
                  maximum=300, note="whole BPM, told in words"),
        Parameter(name="keyscale", takes="key", applied=Applied.PROMPT,
                  note='"C minor", told in words'),
        Parameter(name="timesignature", takes="time_signature", applied=Applied.PROMPT,
                  values=("2", "3", "4", "6")),
        Parameter(name="task_type", takes="task", applied=Applied.NATIVE,
                  values=("text2music", "repaint", "cover", "extract", "lego", "complete")),
        Parameter(name="repainting_start", takes="edit", applied=Applied.NATIVE, unit="s",
                  minimum=0, maximum=600),
        Parameter(name="repainting_end", takes="edit end", applied=Applied.NATIVE, unit="s",
                  minimum=0, maximum=600),
    ),
    longest_s=600,
    sample_rate_hz=48_000,
    channels=2,
    sings=True,
    code_licence="MIT",
    weights_licence="MIT",
    source="github.com/ace-step/ACE-Step-1.5; diffusers 0.42 pipeline_ace_step.py",
)  # fmt: skip


def build(request: ConditioningRequest) -> Payload:
    """The keyword arguments of `AceStepPipeline.__call__`, without weights, seed and steps.

    Where one region is to be made anew the task is "repaint"; the engine adds `src_audio`.
    """
    draft = Draft(MANIFEST, request)
    draft.number("duration_s", request.duration_s or DEFAULT_S)
    if (bpm := asking.tempo(request)) is not None:
        draft.number("tempo_bpm", bpm, whole=True)
    key = asking.key(request)
    if key is not None and key.whole:
        draft.word("key", key.words)
    if request.time_signature in _METRES:
        draft.word("time_signature", _METRES[request.time_signature], request.time_signature)
    _voice(draft)
    _task(draft)
    numbers = {"tempo_bpm", "time_signature"} | ({"key"} if key is None or key.whole else set())
    draft.text("caption", elsewhere=frozenset({*numbers, "sections", "vocals"}))
    return draft.done()


def _voice(draft: Draft) -> None:
    """Words to sing and the form, as tags in the lyrics; "[Instrumental]" where nobody sings."""
    vocals, sections = draft.request.vocals, draft.request.sections
    silent = vocals.mode == "off" or (vocals.mode == "open" and not vocals.lyrics)
    tags = [f"[{section.label.title()}]" for section in sections]
    tags += [f"[{event.name.title()}]" for section in sections for event in section.events]
    lines = ["[Instrumental]"] if silent else [vocals.lyrics or "", vocals.theme or ""]
    text = "\n".join([*tags, *lines] if silent or not vocals.lyrics else lines).strip()
    draft.cut("lyrics", text)
    draft.claim("vocals", Applied.PROMPT)
    if sections and (silent or not vocals.lyrics):
        draft.claim("sections", Applied.PROMPT)
    language = (vocals.language or "en").split("-")[0].lower()
    if language in _LANGUAGES:
        draft.word("language", language)


def _task(draft: Draft) -> None:
    edit = draft.request.edit
    one = edit is not None and len(edit.regenerate_regions) == 1 and not edit.keep_stems
    draft.option("task_type", "repaint" if one else "text2music")
    if edit is not None and one:
        draft.number("edit", edit.regenerate_regions[0].start_s)
        draft.number("edit end", edit.regenerate_regions[0].end_s)
