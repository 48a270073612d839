"""The question that an address puts to the first gate: which policy, what for, which tracks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from schemas.errors import ContractError
from schemas.rights import DEFAULT_POLICY, Policy, Purpose
from service.web.paging import page_number

_LONGEST = 400


@dataclass(frozen=True, slots=True)
class Question:
    """`reason` and `text` choose among the tracks that are left out; `page` counts from 1."""

    policy: Policy
    purpose: Purpose
    reason: str = ""
    text: str = ""
    page: int = 1

    @property
    def key(self) -> tuple[str, ...]:
        """What tells the verdicts of one question from those of another."""
        return self.policy.name, self.purpose.value, str(self.policy.allow_unknown)

    def pairs(self) -> dict[str, str]:
        """The question as an address has it, but for the page; what is usual is left out."""
        found = {
            "policy": "" if self.policy.name == DEFAULT_POLICY else self.policy.name,
            "purpose": "" if self.purpose is Purpose.TRAIN else self.purpose.value,
            "unknown": "yes" if self.policy.allow_unknown else "",
            "reason": self.reason,
            "text": self.text,
        }
        return {name: value for name, value in found.items() if value}

    def options(self) -> str:
        """The same on the command line."""
        parts = [
            "" if self.policy.name == DEFAULT_POLICY else f" --policy {self.policy.name}",
            "" if self.purpose is Purpose.TRAIN else f" --purpose {self.purpose.value}",
            " --allow-unknown-rights" if self.policy.allow_unknown else "",
        ]
        return "".join(parts)


def question(given: Mapping[str, str]) -> Question:
    """Read an address.

    Raises
    ------
    ContractError
        A policy or purpose that does not exist, a page that is none, or a text that is too long.
    """
    from warehouse.gate import load_policy

    policy = load_policy(given.get("policy") or DEFAULT_POLICY)
    purpose = given.get("purpose") or Purpose.TRAIN.value
    if purpose not in set(Purpose):
        raise ContractError(f"purpose={purpose[:60]!r}: valid is {', '.join(Purpose)}")
    for name in ("reason", "text"):
        if len(given.get(name, "")) > _LONGEST:
            raise ContractError(f"{name}: longer than {_LONGEST} characters")
    return Question(
        policy=replace(policy, allow_unknown=given.get("unknown") == "yes"),
        purpose=Purpose(purpose),
        reason=given.get("reason", "").strip(),
        text=given.get("text", "").strip(),
        page=page_number(given),
    )
