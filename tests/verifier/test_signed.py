"""Signatures of sign-offs, made by ssh-keygen itself: which of them count to the verifier, and for how much."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nearmiss.verifier.changes import judge_change
from nearmiss.verifier.plain import canonical
from tests.policy.builder import Attempt, World, person_of, standard_world, transition_of
from tests.verifier.agreement import as_change

Signs = Callable[..., str]
OTHER_TEXT = b"another text"


@pytest.fixture
def keys(tmp_path: Path) -> Callable[[str], tuple[Path, str]]:
    """Make keys by name: the private file, and the public line."""

    def make(name: str) -> tuple[Path, str]:
        place = tmp_path / name
        if not place.exists():
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", place], check=True)
        return place, place.with_suffix(".pub").read_text().strip()

    return make


def signature(key: Path, message: bytes, namespace: str = "nearmiss-sign-off@1") -> str:
    """Return an SSH signature as ssh-keygen makes it."""
    command = ["ssh-keygen", "-q", "-Y", "sign", "-f", str(key), "-n", namespace]
    return subprocess.run(command, input=message, capture_output=True, check=True).stdout.decode()


def world(keys: Callable[[str], tuple[Path, str]], **more: Any) -> World:
    """Return a world in which r.meyer has a key, a service attests, and investigating asks for an assurance."""

    def people(data: dict[str, Any]) -> None:
        entry = {"key": keys("ruth")[1], **more.get("key", {})}
        person_of(data, "r.meyer").update(keys=[entry], accounts=[{"forge": "github", "id": "1001"}])
        person_of(data, "gate").update(keys=[{"key": keys("gate")[1]}])

    def rules(data: dict[str, Any]) -> None:
        transition_of(data, "investigate")["signers"]["assurance"] = more.get("least", "asserted")

    return standard_world().instead(rules, people)


def judged(
    attempt: Attempt, key: Path | None, *, of: bytes | None = None, namespace: str = "nearmiss-sign-off@1"
) -> set[str]:
    """Return the codes for an investigation that r.meyer approved, signed with a key, perhaps of another text."""
    change = as_change(attempt)
    made = []
    for sign_off in change.after.sign_offs:
        message = canonical(dict(sign_off.statement)) if of is None else of
        made.append(replace(sign_off, signature=signature(key, message, namespace) if key else ""))
    return {
        fault.code for fault in judge_change(replace(change, after=replace(change.after, sign_offs=tuple(made)))).faults
    }


def test_a_signature_counts_if_it_is_of_the_statement_by_a_listed_key(keys: Callable[[str], tuple[Path, str]]) -> None:
    """The listed key over this very statement passes; none, another key, text or namespace, or a retired one do not."""
    attempt = world(keys, least="signed").case().propose("investigate").signed("r.meyer")
    ruth, stranger = keys("ruth")[0], keys("stranger")[0]

    assert judged(attempt, ruth) == set()
    assert judged(attempt, None) == {"signature-missing", "sign-off-missing"}
    assert judged(attempt, stranger) == {"signature-bad", "sign-off-missing"}
    assert judged(attempt, ruth, of=OTHER_TEXT) == {"signature-bad", "sign-off-missing"}
    assert judged(attempt, ruth, namespace="git") == {"signature-bad", "sign-off-missing"}
    for gone in ({"retired": True}, {"retired_on": "2030-01-01"}):
        retired = world(keys, least="signed", key=gone).case().propose("investigate").signed("r.meyer")
        assert judged(retired, ruth) == {"signature-bad", "sign-off-missing"}


def test_a_claim_is_not_enough_where_more_is_asked(keys: Callable[[str], tuple[Path, str]]) -> None:
    """Somebody without a key may claim a step that asks for nothing; where a signature is asked for, it is missing."""
    lax = world(keys).case().propose("investigate").signed("p.lind")
    strict = world(keys, least="signed").case().propose("investigate").signed("p.lind")

    assert judged(lax, None) == set()
    assert judged(strict, None) == {"sign-off-missing"}


def test_a_review_counts_if_a_service_attests_it_of_the_persons_account(
    keys: Callable[[str], tuple[Path, str]],
) -> None:
    """`forge` is a statement signed by a listed service, about an account of the person; less than `signed`."""
    review = {"forge": "github", "reviewer_id": "1001", "review_id": "7", "head": "a" * 40}
    gate, ruth = keys("gate")[0], keys("ruth")[0]
    case = world(keys, least="forge").case().propose("investigate")
    attested = case.signed("r.meyer", review=review, time_source="forge")

    assert judged(attested, gate) == set()
    assert judged(attested, ruth) == {"signature-bad", "sign-off-missing"}
    assert judged(attested, None) == {"forge-unproven", "sign-off-missing"}
    other = case.signed("r.meyer", review={**review, "reviewer_id": "1002"}, time_source="forge")
    assert judged(other, gate) == {"account-unmapped", "sign-off-missing"}
    assert judged(case.signed("r.meyer", time_source="forge"), ruth) == {"forge-unproven", "sign-off-missing"}
    more = (
        world(keys, least="signed").case().propose("investigate").signed("r.meyer", review=review, time_source="forge")
    )
    assert judged(more, gate) == {"sign-off-missing"}
