"""Sign-offs that were removed, retold, copied or forged are refused; each refusal has its twin that passes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from nearmiss.errors import NearMissError
from tests.engine.requests import Walked, edited, judged, of, ready, refused, replay_of
from tests.engine.scene import found_scene


def test_a_sign_off_in_force_is_never_removed_edited_or_joined(walked: Walked) -> None:
    """What was signed stays, byte for byte, and nobody joins a set that the next step points to."""
    scene, record = walked("root-caused")
    folder = scene.path(record).removesuffix(".yaml")
    name = scene.sign_offs(record)[0]
    path = f"{folder}/sign-offs/{name}"
    of(scene, {path: None}, branch="removed")
    refused(scene, "sign-off-tampered", branch="removed", place=path)
    of(scene, {path: scene.blob(path) + b"# looks the same\n"}, branch="touched")
    refused(scene, "sign-off-tampered", branch="touched", place=path)
    joined = dict([replay_of(scene, record, "main", name, {"by": "p.lind", "name": "P Lind"})])
    of(scene, joined, who="p.lind", branch="joined")
    refused(scene, "sign-off-late", branch="joined", place=next(iter(joined)))


@pytest.mark.parametrize(
    "changes, code",
    [
        ({"subject": "NM-2026-0000Z"}, "sign-off-foreign"),
        ({"instance": "11111111-1111-4111-8111-111111111111"}, "sign-off-foreign"),
        ({"previous": f"sha256:{'0' * 64}"}, "sign-off-chain"),
        ({"meaning": "I have glanced at it."}, "meaning-differs"),
        ({"role": "verifier"}, "signer-role"),
        ({"role": "area-manager"}, "signer-role"),
        ({"contributors": ["s.ito"]}, "contributor-missing"),
        ({"contributors": ["i.garcia", "m.okafor", "r.meyer", "s.ito"]}, "contributor-signs"),
        ({"from": "root-caused"}, "transition-illegal"),
        ({"to": "verified"}, "transition-illegal"),
        ({"transition": "find-root-cause"}, "transition-illegal"),
        ({"seq": 2}, "sign-off-gap"),
        ({"by": "t.silva", "name": "T Silva"}, "claim-mismatch"),
        ({"by": "nobody.here"}, "signer-unknown"),
        ({"policy": {"version": 7, "rules": f"sha256:{'0' * 64}"}}, "policy-version-unknown"),
    ],
)
def test_a_sign_off_that_was_retold_does_not_count(walked: Walked, changes: dict[str, Any], code: str) -> None:
    """Each key of the statement binds: told otherwise, it is refused by name, though its file name fits."""
    scene, record, branch = ready(walked)
    name = scene.sign_offs(record, branch)[0]
    old = f"{scene.path(record, branch).removesuffix('.yaml')}/sign-offs/{name}"
    path, content = replay_of(scene, record, branch, name, changes)
    of(scene, {old: None}, who="r.meyer", branch=branch)
    of(scene, {path: content}, who="r.meyer", branch=branch)
    refused(scene, code, branch=branch)


def test_a_sign_off_by_another_name_is_refused(walked: Walked) -> None:
    """The name of the file is that of its statement; reordered or relabelled, it does not fit."""
    scene, record, branch = ready(walked)
    folder = f"{scene.path(record, branch).removesuffix('.yaml')}/sign-offs"
    text = scene.blob(f"{folder}/01-investigated--r.meyer.yaml", branch)
    of(scene, {f"{folder}/01-investigated--p.lind.yaml": text}, who="p.lind", branch=branch)
    refused(scene, "sign-off-name", branch=branch)


def test_a_sign_off_of_another_record_is_refused(walked: Walked) -> None:
    """Copied beside another record that says the very same, it does not count there."""
    scene, record, branch = ready(walked)
    other = scene.prepare("low")
    scene.merge("s.ito", record)
    second = scene.advance("s.ito", other).branch
    text = scene.blob(f"{scene.path(record).removesuffix('.yaml')}/sign-offs/01-investigated--r.meyer.yaml")
    folder = scene.path(other, second).removesuffix(".yaml")
    of(scene, {f"{folder}/sign-offs/01-investigated--r.meyer.yaml": text}, who="r.meyer", branch=second)
    refused(scene, "sign-off-foreign", branch=second, place=other)
    assert branch not in scene.repository.branches()


def test_a_sign_off_replayed_from_another_instance_is_refused(walked: Walked, tmp_path: Path) -> None:
    """Two registers with the same people and record are still two: a word in one is none in the other."""
    scene, record, branch = ready(walked)
    path = f"{scene.path(record, branch).removesuffix('.yaml')}/sign-offs/01-investigated--r.meyer.yaml"
    signed = scene.blob(path, branch)
    twin = found_scene(tmp_path / "twin", preset="small")
    here = twin.prepare("low")
    other = twin.advance("s.ito", here).branch
    assert here == record
    of(twin, {path: signed}, who="r.meyer", branch=other)
    result = judged(twin, other)
    assert result.verdict == "refuse"
    twin.close()


def test_the_claim_of_a_sign_off_is_that_of_the_commit_that_adds_it(walked: Walked) -> None:
    """A sign-off that somebody else puts in is refused, also when only a merge commit brings it."""
    scene, record, branch = ready(walked)
    name = scene.sign_offs(record, branch)[0]
    path, content = replay_of(scene, record, branch, name, {})
    base = scene.repository.branches()[branch]
    unsigned = scene.git("rev-parse", f"{base}^")
    of(scene, {path: content}, who="s.ito", branch="forged", parents=[unsigned])
    refused(scene, "claim-mismatch", branch="forged", place=path)
    side = of(scene, {}, who="s.ito", branch="side", parents=[unsigned])
    of(scene, {path: content}, who="s.ito", branch="hidden", parents=[unsigned, side])
    refused(scene, "claim-mismatch", branch="hidden", place=path)
    of(scene, {path: content}, who="r.meyer", branch="honest", parents=[unsigned])
    assert judged(scene, "honest").verdict == "pass"


def test_a_contributor_does_not_approve_whatever_their_sign_off_states(walked: Walked) -> None:
    """Git tells who wrote what: leaving one's own name out of the statement does not help."""
    scene, record = walked("reported")
    branch = scene.advance("r.meyer", record, {"investigation.findings": "The light turns green too early."}).branch
    scene.approve("p.lind", record)
    name = scene.sign_offs(record, branch)[0]
    stated = scene.dossier(record, branch).sign_offs[0].statement["contributors"]
    own = {"by": "r.meyer", "name": "R Meyer", "contributors": [who for who in stated if who != "r.meyer"]}
    path, content = replay_of(scene, record, branch, name, own)
    old = f"{scene.path(record, branch).removesuffix('.yaml')}/sign-offs/{name}"
    assert judged(scene, branch).verdict == "pass"
    of(scene, {old: None, path: content}, who="r.meyer", branch=branch)
    refused(scene, "contributor-signs", branch=branch)
    refused(scene, "contributor-missing", branch=branch)


def test_a_second_address_of_one_person_is_the_same_person(walked: Walked) -> None:
    """Who writes from one address does not approve from another."""
    scene, record = walked("reported")
    scene.draft("per@home.example", record, {"investigation.findings": "The light turns green too early."})
    scene.advance("s.ito", record)
    with pytest.raises(NearMissError, match="wrote part"):
        scene.approve("p.lind", record)
    assert scene.approve("r.meyer", record).verdict == "pass"


def test_an_unknown_author_of_what_is_sealed_is_refused_save_for_reports(walked: Walked) -> None:
    """Nobody can tell that a stranger is not the signer; the words of a report may be a stranger's."""
    scene, record = walked("reported")
    change = edited(scene, record, {"investigation.findings": "The light turns green too early."})
    of(scene, change, who="mallory@elsewhere.example", branch="main")
    branch = f"near-miss/{record}/01-investigate"
    of(scene, edited(scene, record, {"state": "investigated"}), branch=branch)
    refused(scene, "author-unknown", branch=branch, place=record)
    anonymous = scene.report("", mode="anonymous").id
    from tests.policy.builder import near_miss

    scene.draft("i.garcia", anonymous, {"assessment": near_miss("low")["assessment"], "report.location": "dock-3"})
    scene.draft("s.ito", anonymous, {"investigation": near_miss("low")["investigation"]})
    other = scene.advance("s.ito", anonymous).branch
    scene.approve("r.meyer", anonymous)
    assert judged(scene, other).verdict == "pass"
