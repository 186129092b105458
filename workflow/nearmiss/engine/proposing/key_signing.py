"""Signing a statement with the key that a person has registered, and proving the signature before it is written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nearmiss.engine.errors import KeyNotHereError, NoKeyListedError, SignatureWrongError
from nearmiss.models.digests import canonical_json
from nearmiss.models.sign_off import NAMESPACE
from nearmiss.policy.dossier import SignedFile
from nearmiss.policy.proving import origin_of
from nearmiss.policy.signatures.keys import read_key_line
from nearmiss.policy.signatures.wire import MalformedError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from nearmiss.engine.desk import Desk
    from nearmiss.engine.proposing.proposals import Attestation, Word
    from nearmiss.models.people import People, Person
    from nearmiss.policy.signatures.keys import PublicKey
    from nearmiss.policy.version import PolicyVersion


def signed_data(
    desk: Desk, person: Person, statement: Mapping[str, Any], policy: PolicyVersion, word: Word
) -> tuple[dict[str, Any], str]:
    """Return what a sign-off file says, with a signature where the person has a registered key, and that key's name.

    Whoever has one signs with it without being asked. Raises NoKeyListedError where a signature was asked for and no
    key of theirs is listed, KeyNotHereError where none of the listed ones is at hand, SignatureWrongError where what
    came back does not hold; then nothing is written. What was said on a forge is signed by the service that attests it.
    """
    if word.attested:
        return _signed(desk, word.attested.service, statement, policy, assurance="forge")
    if not person.live_keys:
        if word.sign or (desk.signer is not None and desk.signer.is_named):
            raise NoKeyListedError(person.handle)
        return {"statement": dict(statement)}, ""
    return _signed(desk, person, statement, policy, assurance="signed")


def _signed(
    desk: Desk, person: Person, statement: Mapping[str, Any], policy: PolicyVersion, *, assurance: str
) -> tuple[dict[str, Any], str]:
    key = _key_at_hand(desk, person)
    if desk.signer is None or key is None:
        raise KeyNotHereError(person.handle, [named.fingerprint for named in listed_keys(person)])
    signature = desk.signer.sign(canonical_json(statement), key=key.line, namespace=NAMESPACE)
    data = {"statement": dict(statement), "signature": signature}
    origin = origin_of(SignedFile(path="", data=data, bytes_digest=""), policy)
    if origin.assurance != assurance:
        raise SignatureWrongError(origin.problem)
    return data, key.fingerprint


def review_of(attested: Attestation) -> dict[str, str]:
    """Return what a statement says of the word on a forge that it stands for."""
    return {
        "forge": attested.forge,
        "reviewer_id": attested.reviewer_id,
        "review_id": attested.review_id,
        "head": attested.head,
    }


def service_at_hand(desk: Desk, people: People) -> Person | None:
    """Return the service of a policy's people one of whose keys can sign here, or None."""
    services = (person for person in people.people if person.kind == "service" and person.is_active)
    return next((person for person in services if _key_at_hand(desk, person)), None)


def listed_keys(person: Person) -> list[PublicKey]:
    """Return the keys that count for a person."""
    return list(read_keys(key.key for key in person.live_keys))


def _key_at_hand(desk: Desk, person: Person) -> PublicKey | None:
    """Return the first key that can sign here and that is listed for the person."""
    if desk.signer is None:
        return None
    listed = set(listed_keys(person))
    return next((key for key in read_keys(desk.signer.at_hand()) if key in listed), None)


def read_keys(lines: Iterable[str]) -> Iterable[PublicKey]:
    """Yield the public keys that lines say; a line that is none that counts here is left out."""
    for line in lines:
        try:
            yield read_key_line(line)
        except MalformedError:
            continue
