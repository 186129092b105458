"""How sure it is who gave a sign-off: by a key of their own, by a review that a service attests, or by a claim."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nearmiss.models.digests import canonical_json
from nearmiss.models.sign_off import NAMESPACE
from nearmiss.policy.dossier import Origin

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from nearmiss.models.people import People, Person
    from nearmiss.policy.dossier import SignedFile
    from nearmiss.policy.signatures.sshsig import SshSignature
    from nearmiss.policy.version import PolicyVersion

ASSURANCES = ("asserted", "forge", "signed")
"""How sure it is that a person gave a sign-off, from a claim to a key of their own."""

HOW_PROVEN = {
    "asserted": "",
    "forge": ", signed with a key of theirs or attested by the forge",
    "signed": ", signed with a key of theirs",
}
"""How an approval is given that reaches a least assurance, in words that follow who must give it."""


CLAIM = Origin()
"""A file without a signature: who gave it is claimed."""


def origin_of(file: SignedFile, version: PolicyVersion) -> Origin:
    """Return what a file proves of its origin by its signature and the keys that a policy version lists.

    A key counts where it is listed and not retired there. No date makes a key count.
    """
    if file.data.get("signature") is None:
        return CLAIM
    people = str(version.data["people_sha256"])
    if people not in file.origins:
        file.origins[people] = _origin_of(file, version)
    return file.origins[people]


def proves_enough(file: SignedFile, person: Person, version: PolicyVersion) -> bool:
    """Say whether a file proves of its signer what a policy version asks of them: a key, once one is registered."""
    origin = origin_of(file, version)
    return not origin.code and (origin.assurance != ASSURANCES[0] or not person.live_keys)


IDENTITY_CODES = frozenset(
    {"signature-missing", "signature-bad", "key-unlisted", "key-retired", "account-unmapped", "review-unattested"}
)
"""The codes of what is wrong with how a sign-off proves its signer; the signer can put it right by signing again."""


def claims_among(files: Iterable[SignedFile], versions: Mapping[int, PolicyVersion]) -> int:
    """Count the files of which nothing proves who gave them, each under the version that it names."""
    named = ((file, versions.get(file.statement["policy"]["version"])) for file in files)
    return sum(version is None or origin_of(file, version).assurance == ASSURANCES[0] for file, version in named)


def _origin_of(file: SignedFile, version: PolicyVersion) -> Origin:
    from nearmiss.policy.signatures.sshsig import read_signature
    from nearmiss.policy.signatures.wire import MalformedError

    try:
        signature = read_signature(str(file.data["signature"]))
        return _judged(file, signature, version)
    except MalformedError as error:
        return Origin(code="signature-bad", problem=f"its signature is none that counts: {error}")


def _judged(file: SignedFile, signature: SshSignature, version: PolicyVersion) -> Origin:
    """Judge a signature that can be read. The mathematics come last: an unlisted key is not worth their time."""
    from nearmiss.policy.signatures.verifying import is_signed

    said, named = file.statement, signature.key.fingerprint
    if signature.namespace != NAMESPACE:
        problem = f"its signature was made for {signature.namespace[:60]!a}, not for sign-offs ({NAMESPACE})"
        return Origin(code="signature-bad", key=named, problem=problem)
    listed = version.keyring.get(signature.key, ())
    if len({owner.handle for owner, _ in listed}) > 1:
        problem = f"its key {named} is listed for more than one person, so it proves nobody"
        return Origin(code="signature-bad", key=named, problem=problem)
    if not listed:
        problem = f"its key {named} is listed for nobody in version {version.number} of the policy"
        return Origin(code="key-unlisted", key=named, problem=problem)
    owner = listed[0][0]
    if not all(key.is_live for _, key in listed):
        return Origin(code="key-retired", key=named, problem=f"its key {named} of {owner.handle} is retired")
    origin = _attested(file, owner, version.people, named) if said.get("review") else _own(file, owner, named)
    if not origin.code and not is_signed(signature, canonical_json(said)):
        return Origin(code="signature-bad", key=named, problem="its signature is not of this statement")
    return origin


def _own(file: SignedFile, owner: Person, named: str) -> Origin:
    by = file.statement["by"]
    if owner.handle != by:
        problem = f"its key {named} is listed for {owner.handle}, not for {by}"
        return Origin(code="key-unlisted", key=named, problem=problem)
    return Origin(assurance="signed", key=named)


def _attested(file: SignedFile, owner: Person, people: People, named: str) -> Origin:
    """Judge what a service attests of a review: that the account is one of the person for whom it speaks."""
    by, review = str(file.statement["by"]), file.statement["review"]
    if owner.kind != "service" or not owner.is_active:
        problem = (
            f"it speaks of a review, and its key {named} is of {owner.handle}, which is no service that attests any"
        )
        return Origin(code="review-unattested", key=named, problem=problem)
    person = people.find(by)
    forge, account = str(review["forge"]), str(review["reviewer_id"])
    if person is None or not person.has_account(forge, account):
        problem = f"the account {account[:60]!a} at {forge} is not one of {by}"
        return Origin(code="account-unmapped", key=named, problem=problem)
    return Origin(assurance="forge", key=named)
