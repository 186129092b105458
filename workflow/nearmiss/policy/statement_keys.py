"""Which key of a sign-off's statement each finding about it is about, so that a reader need not guess."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nearmiss.policy.findings import Field

_KEYS: Mapping[str, str] = {
    "claim-mismatch": "by",
    "closer-signs": "by",
    "contributor-missing": "contributors",
    "contributor-signs": "by",
    "date-backwards": "at",
    "date-in-future": "at",
    "forge-unproven": "time_source",
    "meaning-differs": "meaning",
    "name-differs": "name",
    "policy-moved": "policy",
    "policy-version-unknown": "policy",
    "reason-missing": "because",
    "review-outdated": "review",
    "sign-off-chain": "previous",
    "sign-off-content": "content",
    "sign-off-gap": "seq",
    "sign-off-late": "seq",
    "signer-role": "role",
    "signer-separated": "by",
    "signer-service": "by",
    "signer-unknown": "by",
    "target-never-reached": "to",
    "transition-illegal": "transition",
    "waiver-not-allowed": "waiver",
}


def key_of(code: str, *, key: str = "") -> Field:
    """Return the place in a sign-off file that a finding of a code is about; the whole file where it is no one key.

    `key` names it where the code alone does not tell.
    """
    named = key or _KEYS.get(code, "")
    return ("statement", named) if named else ()
