"""Which mapping is in use, as a small file that a service can read at every request.

The warehouse holds the history (table `promotions`); HOME/current-model.json repeats its last word,
because opening the warehouse takes longer than answering a prompt. `pipelines.registry` writes the
file after each commit and puts it right where the two disagree.
"""

from __future__ import annotations

import json
import os

from schemas.errors import ArtifactError
from schemas.settings import Settings

FILE = "current-model.json"
MANIFEST = "manifest.json"


def trained_models(settings: Settings) -> list[str]:
    """Ids of the mappings on disk, oldest first: an id begins with the time of its training."""
    return sorted(path.parent.name for path in settings.models_path.glob(f"*/{MANIFEST}"))


def current_model(settings: Settings) -> str | None:
    """Id of the mapping in use; None when there is none.

    Where nothing has ever been promoted, as in a home from before there was a registry, it is the
    one trained last.

    Raises
    ------
    ArtifactError
        When the file is no JSON object with a `model_id`, or names a mapping that is not there.
    """
    path = settings.home_path / FILE
    trained = trained_models(settings)
    if not recorded(settings):
        return trained[-1] if trained else None
    found = named_current(settings)
    if found is not None and found not in trained:
        raise ArtifactError(
            f"{path}: mapping {found!r} is not in {settings.models_path}; "
            "`wordtone models promote ID` names another"
        )
    return found


def record_current(settings: Settings, model_id: str | None) -> None:
    """Write the file, whole or not at all. None: there are mappings, and none is in use."""
    path = settings.home_path / FILE
    part = path.with_name(f".{FILE}.{os.getpid()}.part")
    part.write_text(json.dumps({"model_id": model_id}) + "\n", encoding="utf-8")
    part.replace(path)


def recorded(settings: Settings) -> bool:
    """Whether anything has ever been promoted, or kept from it, in this home."""
    return (settings.home_path / FILE).is_file()


def named_current(settings: Settings) -> str | None:
    """What the file says, whether there is such a mapping or not; None without a file.

    Raises ArtifactError when it is no JSON object with a `model_id`.
    """
    path = settings.home_path / FILE
    try:
        found = json.loads(path.read_text(encoding="utf-8"))["model_id"]
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        raise ArtifactError(f"{path}: not a JSON object with a model_id") from error
    if not isinstance(found, str | None):
        raise ArtifactError(f"{path}: model_id is {found!r}; valid is the id of a mapping, or null")
    return found
