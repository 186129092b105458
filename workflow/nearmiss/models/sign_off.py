"""The sign-off: a person's word on one step, bound to what was approved, kept as a file beside the record."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from nearmiss.models.digests import digest
from nearmiss.models.ids import POLICY_SUBJECT, is_record_id
from nearmiss.models.values import Digest, FormatVersion, Handle, Instant, Line, Many, Name, Part, Text

if TYPE_CHECKING:
    from collections.abc import Mapping

NAMESPACE = "nearmiss-sign-off@1"
"""The SSH signature namespace: a signature made for anything else does not count here."""

PERSONAL_KEYS = frozenset({"by", "name", "role", "at", "time_source", "meaning", "review"})
"""What may differ between the approvals of one step; an objection differs in `verdict` and `because` as well."""

_FILE_NAME = re.compile(r"[0-9]{2,4}-[a-z0-9-]+?--[a-z][a-z0-9._-]*?(--[0-9a-f]{8})?\.yaml")
_POLICY_FILE_NAME = re.compile(r"[0-9]{4}--[a-z][a-z0-9._-]*?(--[0-9a-f]{8})?\.yaml")


class Content(Part):
    """The digests of what the step seals: the title and sections of a record, or one policy version."""

    schema_: FormatVersion = Field(alias="schema")
    title: Digest | None = None
    sections: dict[str, Digest] = Field(default_factory=dict)
    paths: Digest | None = Field(
        default=None,
        description="For the subject `policy`: that of every policy path that changes, each with its content's digest.",
    )
    version: Digest | None = Field(default=None, description="For the subject `policy`: that of versions/NNNN.json.")


class PolicyReference(Part):
    """The policy version that the signer was bound by, and the digest of its rules."""

    version: int = Field(ge=1, le=9999)
    rules: Digest


class Waiver(Part):
    """A rule that was waived for this step, where policy allows it, and why."""

    rule: Name
    because: Text


class Review(Part):
    """Where a forge attests the approval: the account, the review and the commit that was reviewed."""

    forge: Name
    reviewer_id: Line
    review_id: Line
    head: Line


class Statement(Part):
    """What is signed. Everything that makes the word mean what it means stands inside."""

    version: FormatVersion
    instance: Line
    subject: Line = Field(description="A record id, or `policy`.")
    seq: int = Field(ge=1, le=9999)
    transition: Name
    from_: Name = Field(alias="from")
    to: Name
    verdict: Literal["approve", "object"]
    by: Handle
    name: Line = Field(description="The printed name as it then was (21 CFR 11.50).")
    role: Name
    at: Instant
    time_source: Literal["client", "forge", "server"]
    meaning: Text = Field(description="What the signature means, in the words of the policy.")
    because: Text | None = None
    contributors: Many[Handle]
    content: Content
    policy: PolicyReference
    previous: Digest
    waiver: Waiver | None = None
    review: Review | None = None


class SignOff(Part):
    """The file: a statement and, where the person has a key, an SSH signature over its RFC 8785 JSON."""

    statement: Statement
    signature: str | None = Field(default=None, max_length=20_000)


def file_name(statement: Mapping[str, Any]) -> str:
    """Return the one name that a statement's file may have: `01-investigated--r.meyer.yaml`, or `0002--r.meyer.yaml`.

    An objection also carries the first digits of the digest of what it objects to, since a person may object again
    once the content has changed: `01-objection-investigated--r.meyer--4f2a91c0.yaml`.
    """
    seq, by = statement["seq"], statement["by"]
    objects = statement["verdict"] == "object"
    about = f"--{digest(statement['content'])[7:15]}" if objects else ""
    if statement["subject"] == POLICY_SUBJECT:
        return f"{seq:04d}--{by}{about}.yaml"
    return f"{seq:02d}-{'objection-' if objects else ''}{statement['to']}--{by}{about}.yaml"


def is_sign_off_name(name: str, subject: str) -> bool:
    """Say whether a file name has the form of a sign-off of this subject."""
    pattern = _FILE_NAME if is_record_id(subject) else _POLICY_FILE_NAME
    return pattern.fullmatch(name) is not None
