"""The JSON documents that wordtone takes and gives, as JSON Schema."""

from __future__ import annotations

from typing import Any

from schemas.answers import ConditioningVector
from schemas.conditioning import ConditioningRequest
from schemas.control import Explanation, Refinement
from schemas.generation import EngineManifest, GenerationResult
from schemas.guidance import Guidance
from schemas.melody import Transcription
from schemas.parts import Contract
from schemas.report import AnalysisReport

DOCUMENTS: tuple[type[Contract], ...] = (
    ConditioningRequest,
    ConditioningVector,
    GenerationResult,
    EngineManifest,
    Refinement,
    Explanation,
    Guidance,
    AnalysisReport,
    Transcription,
)


def json_schemas() -> dict[str, Any]:
    """JSON Schemas of the contract's documents, and of an analysis, by model name."""
    return {model.__name__: model.model_json_schema() for model in DOCUMENTS}
