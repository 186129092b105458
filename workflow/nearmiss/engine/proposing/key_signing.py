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
    from nearmiss.engine.proposing.proposals import Word
    from nearmiss.models.people import Person
    from nearmiss.policy.signatures.keys import PublicKey
    from nearmiss.policy.version import PolicyVersion


def signed_data(
    desk: Desk, person: Person, statement: Mapping[str, Any], policy: PolicyVersion, word: Word
) -> tuple[dict[str, Any], str]:
    """Return what a sign-off file says, with a signature where the person has a registered key, and that key's name.

    Whoever has one signs with it without being asked. Raises NoKeyListedError where a signature was asked for and no
    key of theirs is listed, KeyNotHereError where none of the listed ones is at hand, SignatureWrongError where what
    came back does not hold; then nothing is written.
    """
    if not person.live_keys:
        if word.sign or (desk.signer is not None and desk.signer.is_named):
            raise NoKeyListedError(person.handle)
        return {"statement": dict(statement)}, ""
    key = _key_at_hand(desk, person)
    if desk.signer is None or key is None:
        raise KeyNotHereError(person.handle, [named.fingerprint for named in listed_keys(person)])
    signature = desk.signer.sign(canonical_json(statement), key=key.line, namespace=NAMESPACE)
    data = {"statement": dict(statement), "signature": signature}
    origin = origin_of(SignedFile(path="", data=data, bytes_digest=""), policy)
    if origin.assurance != "signed":
        raise SignatureWrongError(origin.problem)
    return data, key.fingerprint


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
