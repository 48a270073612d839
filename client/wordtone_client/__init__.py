"""A typed client for the HTTP service of wordtone.

    from wordtone_client import Client

    with Client("http://127.0.0.1:8000") as wordtone:
        vector = wordtone.condition("UK garage with trumpets", bpm=130)
        print(vector.features["brightness_hz"].value)

Stands on httpx and pydantic alone. `models` holds every document, `errors` what can go wrong.
"""

from wordtone_client.batches import BatchAnswer
from wordtone_client.client import Client
from wordtone_client.connection import Patience
from wordtone_client.errors import (
    AddressError,
    Busy,
    ClientError,
    InvalidRequest,
    JobFailed,
    NotAllowed,
    NotFound,
    ServiceError,
    ServiceFault,
    UnexpectedAnswer,
    Unreachable,
)
from wordtone_client.making import Making
from wordtone_client.tables import as_table

__all__ = [
    "AddressError",
    "BatchAnswer",
    "Busy",
    "Client",
    "ClientError",
    "InvalidRequest",
    "JobFailed",
    "Making",
    "NotAllowed",
    "NotFound",
    "Patience",
    "ServiceError",
    "ServiceFault",
    "UnexpectedAnswer",
    "Unreachable",
    "as_table",
]
