"""Words that nobody gave, or that somebody took back, and writers who are nobody: none of them counts."""

from __future__ import annotations

import pytest

from nearmiss.verifier.__main__ import verify_repository
from tests.engine.attacks.forging import (
    NOT_THEIRS,
    OWN_WORK,
    UNSAID,
    forged_commit,
    held_off,
    name_of,
    passes,
    point,
    revised,
    signed,
    statement,
)
from tests.engine.audited import audited, by_merge, faults
from tests.engine.cast import CAST
from tests.engine.requests import Walked, judged
from tests.engine.scene import Scene, codes

FILE = "01-investigated--r.meyer.yaml"
BY_S_ITO = {"claim-mismatch": NOT_THEIRS.format(file=FILE, who="r.meyer", whose="s.ito")}


def forged_word(scene: Scene, record: str, raw: bytes, contributors: list[str]) -> dict[str, bytes]:
    """Return an approval of an investigation in the name of r.meyer."""
    way = ("reported", "investigated")
    said = statement(
        scene, record, raw, step="investigate", way=way, by="r.meyer", role="quality-lead", contributors=contributors
    )
    return signed(scene, record, said)


def park(scene: Scene, record: str, files: dict[str, bytes], drafted: bytes) -> str:
    """Leave files lying for one commit of a harmless draft that is merged, and return that commit."""
    branch = f"near-miss/{record}/draft-1"
    commit = scene.commit_files(files, who="s.ito", branch=branch, start="main")
    gone: dict[str, bytes | str | None] = dict.fromkeys(files)
    scene.commit_files({**gone, scene.path(record): drafted}, who="s.ito", branch=branch)
    passes(scene, branch)
    scene.merge("s.ito", record, branch=branch)
    return commit


@pytest.mark.parametrize("way", ["plain", "merge", "turned round"])
def test_an_approval_parked_in_history_is_not_the_word_of_whom_it_names(walked: Walked, way: str) -> None:
    """s.ito writes an approval in r.meyer's name into a merged draft's history, and takes it over by a merge."""
    scene, record = walked("reported")
    path = scene.path(record)
    drafted = revised(scene.blob(path), {"title": "A better title"})
    final = revised(drafted, {"state": "investigated"})
    word = forged_word(scene, record, final, ["i.garcia", "m.okafor", "s.ito"])
    assert name_of(word) == FILE
    parked = park(scene, record, word, drafted)
    branch, twin = f"near-miss/{record}/01-investigate", f"near-miss/{record}/twin"
    step = scene.commit_files({path: final}, who="s.ito", branch=branch, start="main")
    point(scene, twin, step)
    parents = {"plain": [], "merge": [step, parked], "turned round": [parked, step]}[way]
    if way == "turned round":
        scene.commit_files(word, who="s.ito", branch="aside", start=step)
        tree = scene.git("rev-parse", "aside^{tree}")
        point(scene, branch, scene.git("commit-tree", tree, "-p", parked, "-p", step, "-m", "x", who="s.ito"))
        whose = {"claim-mismatch": BY_S_ITO["claim-mismatch"].replace("s.ito", "nobody on the list of people")}
    else:
        scene.commit_files(word, who="s.ito", branch=branch, parents=parents)
        whose = BY_S_ITO
    held_off(scene, branch, subject=record, who="s.ito", expected=whose)
    scene.commit_files(word, who="r.meyer", branch=twin)
    passes(scene, twin)


def test_an_approval_that_came_in_on_a_side_that_is_merged_is_its_givers(walked: Walked) -> None:
    """r.meyer signs on a branch of their own, s.ito takes that in: it is still r.meyer's word."""
    scene, record = walked("reported")
    branch = scene.advance("s.ito", record).branch
    step = scene.rev(branch)
    scene.clock.tick(minutes=5)
    scene.approve("r.meyer", record)
    given = scene.rev(branch)
    (path,) = scene.git("diff", "--name-only", step, given).splitlines()
    word = scene.blob(path, given)
    point(scene, branch, scene.commit_files({"aside.txt": None}, who="s.ito", branch="aside", start=step))
    scene.commit_files({path: word}, who="s.ito", branch=branch, parents=[scene.rev(branch), given])
    passes(scene, branch)


@pytest.mark.parametrize("way", ["plain", "merge", "around"])
def test_an_approval_that_was_taken_back_is_not_revived(walked: Walked, way: str) -> None:
    """r.meyer takes their file out; whoever puts it back, by a merge or not, has not r.meyer's word."""
    scene, record = walked("reported")
    branch = scene.advance("s.ito", record).branch
    step = scene.rev(branch)
    scene.clock.tick(minutes=5)
    scene.approve("r.meyer", record)
    passes(scene, branch)
    given = scene.rev(branch)
    (path,) = scene.git("diff", "--name-only", step, given).splitlines()
    word = scene.blob(path, given)
    scene.clock.tick(minutes=5)
    back = scene.commit_files({path: None}, who="r.meyer", branch=branch)
    assert codes(judged(scene, branch).findings) == set()
    scene.clock.tick(minutes=5)
    whose = BY_S_ITO
    if way == "around":
        beside = scene.commit_files({path: word}, who="s.ito", branch="beside", parents=[step, given])
        scene.commit_files({path: word}, who="s.ito", branch=branch, parents=[beside, back])
        whose = {"claim-mismatch": BY_S_ITO["claim-mismatch"].replace("s.ito", "nobody on the list of people")}
    else:
        parents = {"plain": [], "merge": [back, given]}[way]
        scene.commit_files({path: word}, who="s.ito", branch=branch, parents=parents)
    held_off(scene, branch, subject=record, who="s.ito", expected=whose)


@pytest.mark.parametrize("parked", [False, True])
def test_a_policy_approval_parked_in_history_is_not_the_word_of_whom_it_names(scene: Scene, parked: bool) -> None:  # noqa: FBT001
    """s.ito makes themself a policy owner, with an approval by w.olsen that lay in a merged draft's history."""
    record = scene.prepare("low")
    (place,) = (place for place, entry in enumerate(CAST) if entry["handle"] == "s.ito")
    people = "workflow/policy/people.yaml"
    grant = {f"people.{place}.roles": [{"role": "policy-owner"}, {"role": "quality-lead"}]}
    branch = scene.propose_policy("s.ito", {people: scene.revised(people, grant)}).branch
    proposed = scene.rev(branch)
    scene.clock.tick(minutes=5)
    scene.approve("w.olsen", "policy")
    passes(scene, branch)
    (path,) = scene.git("diff", "--name-only", proposed, branch).splitlines()
    word = {path: scene.blob(path, branch)}
    change = {one: scene.blob(one, proposed) for one in scene.git("diff", "--name-only", "main", proposed).splitlines()}
    draft = revised(scene.blob(scene.path(record)), {"title": "A better title"})
    lying = park(scene, record, word, draft) if parked else ""
    point(scene, branch, scene.rev())
    step = scene.commit_files(change, who="s.ito", branch=branch)
    scene.commit_files(word, who="s.ito", branch=branch, parents=[step, lying] if parked else [])
    sentence = NOT_THEIRS.format(file=path.rpartition("/")[2], who="w.olsen", whose="s.ito")
    held_off(scene, branch, subject=path, who="s.ito", expected={"claim-mismatch": sentence})


@pytest.mark.parametrize("mover", ["r.meyer", "somebody@private.example", "s.ito"])
def test_who_moves_the_state_is_known_and_does_not_sign_alone(walked: Walked, mover: str) -> None:
    """r.meyer moves the state, under their own address or one that is nobody's, and signs. Not so if s.ito moves it."""
    scene, record = walked("reported")
    path, branch = scene.path(record), f"near-miss/{record}/01-investigate"
    raw = revised(scene.blob(path), {"state": "investigated"})
    scene.commit_files({path: raw}, who=mover, branch=branch, start="main")
    word = forged_word(scene, record, raw, ["i.garcia", "m.okafor", "s.ito"])
    scene.commit_files(word, who="r.meyer", branch=branch)
    own = {"contributor-missing": UNSAID, "contributor-signs": OWN_WORK}
    stranger = "state was written by somebody@private.example, who is nobody in people.yaml"
    expected = {
        "r.meyer": {code: sentence.format(file=FILE, who="r.meyer") for code, sentence in own.items()},
        "somebody@private.example": {"author-unknown": stranger},
    }
    if mover in expected:
        held_off(scene, branch, subject=record, who="r.meyer", expected=expected[mover])
    else:
        passes(scene, branch)


@pytest.mark.parametrize("order", ["late", "early"])
@pytest.mark.parametrize("turned", [False, True])
def test_an_approval_of_other_words_does_not_vouch_for_a_forged_one(walked: Walked, order: str, turned: bool) -> None:  # noqa: FBT001
    """r.meyer signs one text; s.ito signs another in their name on a line beside it, and keeps that in a merge."""
    scene, record = walked("reported")
    branch = scene.advance("s.ito", record).branch
    step, path = scene.rev(branch), scene.path(record)
    if order == "early":
        scene.clock.tick(minutes=5)
        scene.approve("r.meyer", record)
    scene.clock.tick(minutes=5)
    final = revised(scene.blob(path, step), {"investigation.findings": "Nobody is to blame."})
    scene.commit_files({path: final}, who="i.garcia", branch="beside", start=step)
    word = forged_word(scene, record, final, ["i.garcia", "m.okafor", "s.ito"])
    forged = scene.commit_files(word, who="s.ito", branch="beside")
    if order == "late":
        scene.clock.tick(minutes=5)
        scene.approve("r.meyer", record)
    passes(scene, branch)
    sides = [scene.rev(branch), forged] if turned else [forged, scene.rev(branch)]
    point(scene, branch, forged_commit(scene, scene.git("rev-parse", f"{forged}^{{tree}}"), sides, who="s.ito"))
    held_off(scene, branch, subject=record, who="s.ito", expected=BY_S_ITO)
    by_merge(scene, branch)
    assert faults(audited(scene)) == [("claim-mismatch", record)]
    assert "claim-mismatch" in {fault.code for fault in verify_repository(scene.root, "main").faults}


def objecting(scene: Scene, record: str, **said: object) -> dict[str, bytes]:
    """Return an objection of p.lind's to what nobody proposes, or one that says something else."""
    way = ("reported", "investigated")
    words = {"verdict": "object", "because": "I saw it otherwise.", "content": {"schema": 1, "sections": {}}}
    raw = scene.blob(scene.path(record))
    given = {**words, **said}
    by, role = str(given.pop("by", "p.lind")), "quality-lead"
    return signed(scene, record, statement(scene, record, raw, step="investigate", way=way, by=by, role=role, **given))


@pytest.mark.parametrize("beside", [False, True])
def test_an_objection_is_the_word_of_whom_it_names(walked: Walked, beside: bool) -> None:  # noqa: FBT001
    """s.ito puts an objection of p.lind's into a record, alone or beside a signed step; p.lind may do so."""
    scene, record = walked("reported")
    branch, twin = f"near-miss/{record}/01-investigate", f"near-miss/{record}/twin"
    if beside:
        scene.advance("s.ito", record)
        scene.clock.tick(minutes=5)
        scene.approve("r.meyer", record)
        passes(scene, branch)
    else:
        point(scene, branch, scene.rev())
    point(scene, twin, scene.rev(branch))
    word = objecting(scene, record)
    scene.commit_files(word, who="s.ito", branch=branch)
    sentence = NOT_THEIRS.format(file=name_of(word), who="p.lind", whose="s.ito")
    held_off(scene, branch, subject=record, who="s.ito", expected={"claim-mismatch": sentence})
    scene.commit_files(word, who="p.lind", branch=twin)
    passes(scene, twin)
    by_merge(scene, branch)
    assert faults(audited(scene)) == [("claim-mismatch", record)]
    # To the verifier a commit of a sign-off alone may be the squash of a request, whose author merged it.
    told = {fault.code for fault in verify_repository(scene.root, "main").faults}
    assert told == ({"claim-mismatch"} if beside else set())


@pytest.mark.parametrize(
    "who, said, code",
    [
        ("l.former", {"by": "l.former"}, "signer-unknown"),
        ("g.robot", {"by": "g.robot"}, "signer-service"),
        ("p.lind", {"name": "Ruth Meyer"}, "name-differs"),
        ("p.lind", {"time_source": "forge"}, "forge-unproven"),
        ("p.lind", {"policy": {"version": 77, "rules": f"sha256:{'0' * 64}"}}, "policy-version-unknown"),
        ("p.lind", {"policy": {"version": 1, "rules": f"sha256:{'0' * 64}"}}, "policy-version-unknown"),
    ],
)
def test_an_objection_says_nothing_of_its_giver_that_is_not_so(
    walked: Walked, who: str, said: dict[str, object], code: str
) -> None:
    """Who has left, a service, another name or policy, a time that no forge attests: gate, audit and verifier agree."""
    scene, record = walked("reported")
    branch = f"near-miss/{record}/01-investigate"
    scene.commit_files(objecting(scene, record, **said), who=who, branch=branch, start="main")
    assert codes(judged(scene, branch).findings) == {code}
    by_merge(scene, branch)
    assert faults(audited(scene)) == [(code, record)]
    assert {fault.code for fault in verify_repository(scene.root, "main").faults} == {code}
