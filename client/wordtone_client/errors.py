"""What can go wrong between this client and a service.

    ClientError
    ├── AddressError        the address or token cannot be used; nothing was sent
    ├── Unreachable         no answer: no connection, a timeout, a connection that broke
    ├── UnexpectedAnswer    an answer that is none of the service's: not its JSON, a redirect
    ├── JobFailed           a piece of music could not be made, or was cancelled; carries the job
    └── ServiceError        the service said no: status, detail, request id
        ├── InvalidRequest      400, 409, 413, 415, 422: the request is wrong; `detail` says how
        ├── NotAllowed          401, 403: a token is needed, or one with another scope
        ├── NotFound            404
        ├── Busy                429: too many requests, or too much waiting
        └── ServiceFault        500 and above: a fault of the service, or it is not ready

`str(error)` is a sentence that names the address and never holds a token.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wordtone_client.models import Job


class ClientError(Exception):
    """Base of all errors of this package."""


class AddressError(ClientError):
    pass


class Unreachable(ClientError):
    pass


class UnexpectedAnswer(ClientError):
    pass


class JobFailed(ClientError):
    """A job that ended without a piece.

    Attributes
    ----------
    job : the job as it ended: its `state` is "failed" or "cancelled"
    """

    def __init__(self, address: str, job: Job) -> None:
        why = job.error or job.state
        super().__init__(f"{address}: job {job.job_id} {job.state}: {why}")
        self.job = job


class ServiceError(ClientError):
    """An answer of 400 or above: problem JSON (RFC 9457).

    Attributes
    ----------
    status : HTTP status
    detail : what is wrong and what would be valid, a sentence
    request_id : by which the service's log can be searched; None where it gave none
    retry_after_s : when to come back, where the service said so
    """

    def __init__(
        self,
        address: str,
        status: int,
        detail: str,
        request_id: str | None = None,
        retry_after_s: float | None = None,
    ) -> None:
        told = f" (request {request_id})" if request_id else ""
        super().__init__(f"{address}: {detail} [{status}]{told}")
        self.status = status
        self.detail = detail
        self.request_id = request_id
        self.retry_after_s = retry_after_s


class InvalidRequest(ServiceError):
    pass


class NotAllowed(ServiceError):
    pass


class NotFound(ServiceError):
    pass


class Busy(ServiceError):
    pass


class ServiceFault(ServiceError):
    pass


_KINDS: dict[int, type[ServiceError]] = {401: NotAllowed, 403: NotAllowed, 404: NotFound, 429: Busy}


def kind_of(status: int) -> type[ServiceError]:
    """The error of an HTTP status of 400 or above."""
    return _KINDS.get(status, ServiceFault if status >= 500 else InvalidRequest)
