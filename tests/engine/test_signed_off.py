"""Sign-offs with keys, from the use cases: signing unasked, what is refused before it is written, and the gate."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from nearmiss.app.story_keys import StoryKey
from nearmiss.engine.errors import (
    KeyNotHereError,
    MayNotSignError,
    NoKeyListedError,
    RefusedError,
    SignatureWrongError,
)
from nearmiss.models.digests import canonical_json
from nearmiss.models.sign_off import NAMESPACE
from nearmiss.policy.findings import Severity
from nearmiss.store.documents import YamlDocuments
from tests.engine.scene import Scene, codes

Walked = Callable[..., tuple[Scene, str]]
RULES = "workflow/policy/workflow.yaml"


def listed(scene: Scene, *handles: str, **more: object) -> None:
    """List a key for each of some people, and put it into their hands."""
    for handle in handles:
        scene.hands[handle] = StoryKey(handle)
    given: dict[str, Any] = {
        handle.replace(".", "_"): {"keys": [{"key": StoryKey(handle).public.line, **more}]} for handle in handles
    }
    scene.change_policy("o.haddad", scene.people_with(**given))


def test_who_has_a_key_signs_unasked(walked: Walked) -> None:
    """An approval by somebody with a registered key is signed with it; step, check and page say that it is proven."""
    scene, record = walked("reported")
    listed(scene, "r.meyer")
    scene.advance("s.ito", record)
    signed = scene.approve("r.meyer", record)

    assert (signed.assurance, signed.key) == ("signed", StoryKey("r.meyer").public.fingerprint)
    assert signed.verdict == "pass"
    scene.merge("s.ito", record)
    checked = scene.check()
    assert (checked.findings, checked.sign_offs, checked.asserted) == ((), 1, 0)
    assert scene.check().asserted == 0
    [file] = scene.dossier(record).sign_offs
    assert file.data["signature"].startswith("-----BEGIN SSH SIGNATURE-----\n")
    assert b"signature: |\n  -----BEGIN SSH SIGNATURE-----\n" in scene.blob(file.path)


def test_check_counts_what_is_only_claimed(walked: Walked) -> None:
    """A check says of how many sign-offs nobody proved who gave them."""
    scene, record = walked("investigated")
    listed(scene, "r.meyer")
    scene.advance("s.ito", record)
    scene.approve("r.meyer", record)
    scene.merge("s.ito", record)

    for _ in range(2):
        checked = scene.check()
        assert (checked.findings, checked.sign_offs, checked.asserted) == ((), 2, 1)


def test_no_key_at_hand(walked: Walked) -> None:
    """Who has a registered key and cannot sign with it here gives no word, and is told which key is registered."""
    scene, record = walked("reported")
    listed(scene, "r.meyer")
    scene.advance("s.ito", record)
    before = scene.snapshot()

    for signer in (None, StoryKey("somebody else")):
        scene.hands.pop("r.meyer", None)
        if signer is not None:
            scene.hands["r.meyer"] = signer
        with pytest.raises(KeyNotHereError) as refused:
            scene.approve("r.meyer", record)
        assert StoryKey("r.meyer").public.fingerprint in refused.value.message
        with pytest.raises(KeyNotHereError):
            scene.object("r.meyer", record, "It is wrong.")
    assert scene.snapshot() == before


def test_asked_to_sign_without_a_listed_key(walked: Walked) -> None:
    """Who asks to sign and has no key listed is told that it would prove nothing; without asking, it is a claim."""
    scene, record = walked("reported")
    scene.hands["r.meyer"] = StoryKey("r.meyer")
    scene.advance("s.ito", record)

    with pytest.raises(NoKeyListedError, match=r"r\.meyer"):
        scene.approve("r.meyer", record, sign=True)
    assert scene.approve("r.meyer", record).assurance == "asserted"


class CarelessKey(StoryKey):
    """Signs something else than what it is given."""

    def sign(self, message: bytes, *, key: str = "", namespace: str) -> str:
        """Return a signature of another text."""
        return super().sign(message + b" ", key=key, namespace=namespace)


def test_signature_that_does_not_hold_is_not_written(walked: Walked) -> None:
    """What comes back from signing is proved before anything is written."""
    scene, record = walked("reported")
    listed(scene, "r.meyer")
    scene.advance("s.ito", record)
    scene.hands["r.meyer"] = CarelessKey("r.meyer")
    before = scene.snapshot()

    with pytest.raises(SignatureWrongError, match="not of this statement"):
        scene.approve("r.meyer", record)
    assert scene.snapshot() == before


def test_key_listed_after_the_approval(walked: Walked) -> None:
    """A claim that is pending when its signer's key is listed counts no longer; they sign again, with the key."""
    scene, record = walked("reported")
    branch = scene.advance("s.ito", record).branch
    assert scene.approve("r.meyer", record).verdict == "pass"
    listed(scene, "r.meyer")

    assert codes(scene.gate(branch).findings) == {"signature-missing"}
    with pytest.raises(RefusedError):
        scene.approve("p.lind", record)
    again = scene.approve("r.meyer", record)
    assert (again.assurance, again.verdict) == ("signed", "pass")
    scene.merge("s.ito", record)
    assert scene.check().findings == ()


def test_key_retired_before_the_merge(walked: Walked) -> None:
    """A pending signature by a key that was retired since is refused; what it signed before stays in force."""
    scene, record = walked("reported")
    listed(scene, "r.meyer")
    scene.advance("s.ito", record)
    scene.approve("r.meyer", record)
    scene.merge("s.ito", record)
    branch = scene.advance("s.ito", record).branch
    scene.approve("r.meyer", record)
    key = {"key": StoryKey("r.meyer").public.line, "retired": True}
    scene.change_policy("o.haddad", scene.people_with(r_meyer={"keys": [key]}))

    assert codes(scene.gate(branch).findings) == {"key-retired"}
    assert scene.check().findings == ()
    with pytest.raises(RefusedError):
        scene.merge("s.ito", record)


def test_step_that_asks_for_a_key(walked: Walked) -> None:
    """Where policy asks for a signature, who has no key is told so before writing, and the gate says who has one."""
    scene, record = walked("reported")
    rules = {RULES: scene.revised(RULES, {"transitions.0.signers.assurance": "signed"})}
    scene.change_policy("o.haddad", rules)
    listed(scene, "r.meyer")
    branch = scene.advance("s.ito", record).branch

    [finding] = scene.gate(branch).findings
    assert (finding.code, finding.severity) == ("sign-off-missing", Severity.WAITING)
    assert "signed with a key of theirs" in finding.message
    assert "p.lind (no key listed yet)" in finding.hint
    with pytest.raises(MayNotSignError, match="none of theirs is listed"):
        scene.approve("p.lind", record)
    assert scene.approve("r.meyer", record).verdict == "pass"


def test_policy_signed_with_keys(scene: Scene) -> None:
    """A change of the policy is signed with a key as soon as enough owners have one; until then a claim is enough."""
    rules = {RULES: scene.revised(RULES, {"policy_change.signers.assurance": "signed"})}
    scene.change_policy("o.haddad", rules)
    listed(scene, "w.olsen")
    scene.propose_policy("o.haddad", scene.people_with(m_okafor={"active": False}))

    [finding] = scene.gate("near-miss/policy/04-change-policy").findings
    assert finding.message.endswith("signed with a key of theirs")
    signed = scene.approve("w.olsen", "policy")
    assert (signed.assurance, signed.verdict) == ("signed", "pass")
    scene.merge("o.haddad", "policy")
    scene.propose_policy("w.olsen", scene.people_with(c_moreau={"active": False}))
    with pytest.raises(MayNotSignError, match="none of theirs is listed"):
        scene.approve("o.haddad", "policy")
    assert scene.check(revision="main").findings == ()


def attested(scene: Scene, record: str, branch: str, by: str, *, head: str, account: str = "1001") -> None:
    """Add what a service attests: a review on a forge of a commit of a proposal."""
    claim = scene.approve(by, record, branch=branch)
    [path] = claim.files
    data = dict(YamlDocuments().read(scene.blob(path, branch)).data or {})
    review = {"forge": "github", "reviewer_id": account, "review_id": "77", "head": head}
    statement = {**data["statement"], "time_source": "forge", "review": review}
    signature = StoryKey("g.robot").sign(canonical_json(statement), namespace=NAMESPACE)
    content = YamlDocuments().compose({"statement": statement, "signature": signature})
    scene.git("update-ref", f"refs/heads/{branch}", f"{claim.commit}^")
    scene.commit_files({path: content}, who="g.robot", branch=branch)


def forged(scene: Scene) -> None:
    """List the service's key and an account, and ask for more than a claim."""
    service = {"keys": [{"key": StoryKey("g.robot").public.line}]}
    account = {"accounts": [{"forge": "github", "id": "1001"}]}
    scene.change_policy("o.haddad", scene.people_with(g_robot=service, r_meyer=account))


def test_review_on_a_forge(walked: Walked) -> None:
    """What a service attests of a review counts while nothing but sign-offs was added since the reviewed commit."""
    scene, record = walked("reported")
    forged(scene)
    proposed = scene.advance("s.ito", record)
    attested(scene, record, proposed.branch, "r.meyer", head=proposed.commit)

    assert scene.gate(proposed.branch).verdict == "pass"
    scene.merge("s.ito", record)
    [file] = scene.dossier(record).sign_offs
    checked = scene.check()
    assert (checked.findings, checked.asserted) == ((), 0)
    assert file.statement["time_source"] == "forge"


@pytest.mark.parametrize("head", ["main", "nonsense", "0" * 40])
def test_review_of_something_else(walked: Walked, head: str) -> None:
    """A review of a commit that is none of the proposal's is none of the proposal."""
    scene, record = walked("reported")
    forged(scene)
    proposed = scene.advance("s.ito", record)
    reviewed = scene.rev("main") if head == "main" else head
    attested(scene, record, proposed.branch, "r.meyer", head=reviewed)

    assert codes(scene.gate(proposed.branch).findings) == {"review-outdated"}


def test_review_of_an_earlier_commit(walked: Walked) -> None:
    """What changed after the review was not reviewed, even if the digests of what is sealed are the same."""
    scene, record = walked("reported")
    forged(scene)
    proposed = scene.advance("s.ito", record)
    path = scene.path(record, proposed.branch)
    note = scene.blob(path, proposed.branch) + b"# seen\n"
    scene.commit_files({path: note}, branch=proposed.branch)
    attested(scene, record, proposed.branch, "r.meyer", head=proposed.commit)

    [finding] = scene.gate(proposed.branch).findings
    assert finding.code == "review-outdated"
    assert path in finding.message


def test_account_of_somebody_else(walked: Walked) -> None:
    """An account that is nobody's, or another's, approves for nobody."""
    scene, record = walked("reported")
    forged(scene)
    proposed = scene.advance("s.ito", record)
    attested(scene, record, proposed.branch, "r.meyer", head=proposed.commit, account="1002")

    assert codes(scene.gate(proposed.branch).findings) == {"account-unmapped"}


def test_signature_in_force_that_was_spoilt(walked: Walked) -> None:
    """Who changes a signature in force is found by check, which names the sign-off."""
    scene, record = walked("reported")
    listed(scene, "r.meyer")
    scene.advance("s.ito", record)
    scene.approve("r.meyer", record)
    scene.merge("s.ito", record)
    [file] = scene.dossier(record).sign_offs
    other = StoryKey("r.meyer").sign(b"{}", namespace=NAMESPACE)
    (scene.root / file.path).write_bytes(YamlDocuments().compose({**file.data, "signature": other}))

    checked = scene.check()
    assert codes(checked.findings) == {"signature-bad"}
    assert checked.asserted == 1
