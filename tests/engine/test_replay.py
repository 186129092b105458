"""A replay: what another policy would have said of steps that were taken, in real registers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from nearmiss.engine.errors import RefusedError
from nearmiss.engine.replaying.replaying import replay, replay_version
from nearmiss.engine.replaying.results import Replay
from nearmiss.policy.version import PolicyVersion
from tests.engine.scene import Scene, codes, walked_scene

Walked = Callable[..., tuple[Scene, str]]

RULES = "workflow/policy/workflow.yaml"
RISK = "workflow/policy/risk.yaml"
PEOPLE = "workflow/policy/people.yaml"
INVESTIGATE, FIND_CAUSE, VERIFY = 0, 1, 4
"""Places of transitions in workflow.yaml."""


@pytest.fixture(scope="module")
def taken(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """A register in which one record took two steps; these tests only read it."""
    scene, _ = walked_scene(tmp_path_factory.mktemp("taken"), upto="root-caused")
    yield scene
    scene.close()


def replayed(scene: Scene, files: Mapping[str, bytes] | None = None) -> Replay:
    """Replay the main branch under a policy of which some files differ."""
    return replay(scene.desk("o.haddad"), files or {}, names={})


def changed(scene: Scene, **values: Any) -> dict[str, bytes]:
    """Return the rules with other values in transitions: `changed(scene, investigate__signers={…})`."""
    names = {"investigate": INVESTIGATE, "find": FIND_CAUSE, "verify": VERIFY}
    edits = {f"transitions.{names[key.split('__')[0]]}.{key.split('__')[1]}": value for key, value in values.items()}
    return {RULES: scene.revised(RULES, {key.replace("_of_", "."): value for key, value in edits.items()})}


def told(found: Replay) -> list[tuple[str, str, set[str]]]:
    """Return each step that differs: its transition, what would have come of it, and the codes."""
    return [(step.transition, step.verdict, {one.code for one in step.findings}) for step in found.differing]


def test_the_present_policy_differs_in_nothing(taken: Scene) -> None:
    """Whoever replays what is in force hears that every step would have passed as it did."""
    found = replayed(taken)

    assert (found.records, found.steps, found.unsound, found.left_out) == (1, 2, 0, 0)
    assert found.otherwise == ()
    assert found.tip == taken.rev("main")


def test_one_more_signer_would_have_been_waited_for(walked: Walked) -> None:
    """The step waits, and it is said for whom; the other step passes as it did."""
    scene, record = walked("root-caused")

    found = replayed(scene, changed(scene, investigate__signers_of_count={"default": 2}))

    assert told(found) == [("investigate", "waiting", {"sign-off-missing"})]
    [step] = found.differing
    assert (step.record, step.path, step.seq, step.policy) == (record, scene.path(record), 1, 1)
    [finding] = step.findings
    assert finding.message == "investigate waits for 1 more of quality-lead, area-manager"
    assert "p.lind" in finding.hint
    assert "r.meyer" not in finding.hint
    assert (dict(found.by_transition), dict(found.by_code)) == ({"investigate": 1}, {"sign-off-missing": 1})


def test_a_role_that_signs_no_more_would_have_been_refused(taken: Scene) -> None:
    """Whoever signed in a role that the policy no longer lets sign would not have been heard."""
    found = replayed(taken, changed(taken, find__signers_of_roles=["area-manager"]))

    assert told(found) == [("find-root-cause", "refuse", {"signer-role"})]
    assert found.by_verdict == {"refuse": 1, "waiting": 0, "late": 0}


def test_whoever_holds_another_role_would_have_signed_in_that(scene: Scene) -> None:
    """Only a person who holds none of the roles is refused: the statement is read as they could have given it."""
    people = scene.people_with(r_meyer={"roles": [{"role": "quality-lead"}, {"role": "area-manager"}]})
    scene.change_policy("o.haddad", people)
    scene.walk(upto="root-caused")

    found = replayed(scene, changed(scene, find__signers_of_roles=["area-manager"]))

    assert found.otherwise == ()


def test_a_role_taken_from_a_person_would_have_kept_them_from_signing(taken: Scene) -> None:
    """People are those of the folder where it says that somebody holds a role no longer."""
    found = replayed(taken, taken.people_with(r_meyer={"roles": []}))

    assert [(transition, verdict) for transition, verdict, _ in told(found)] == [
        ("investigate", "refuse"),
        ("find-root-cause", "refuse"),
    ]
    assert all("signer-role" in found for _, _, found in told(found))


@pytest.mark.parametrize(
    "change",
    [
        {"active": False},
        {"name": "Ruth Meyer-Lind"},
        {"keys": [{"key": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGdpdGdpdGdpdGdpdGdpdGdpdGdpdGdpdGdpdGdpdGdp r.meyer"}]},
    ],
    ids=["who left", "whose name is another", "who has a key now"],
)
def test_what_was_signed_is_not_undone_by_what_came_later(taken: Scene, change: Mapping[str, Any]) -> None:
    """Who has left since, is called otherwise or has a key by now gave their word as they could then."""
    assert replayed(taken, taken.people_with(r_meyer=change)).otherwise == ()


def test_a_shorter_deadline_would_have_been_missed(walked: Walked) -> None:
    """The step passes, but late: what was due when is said."""
    scene, record = walked("reported")
    scene.clock.to("2026-12-05")
    scene.walk(upto="investigated", record=record)
    bands = scene.template.documents.read((scene.root / RISK).read_bytes()).data["bands"]  # type: ignore[index]
    shorter = {f"bands.{place}.deadlines.investigate": 5 for place, _ in enumerate(bands)}

    found = replayed(scene, {RISK: scene.revised(RISK, {**shorter, "assess_within": 0})})

    assert told(found) == [("investigate", "late", set())]
    assert {(due.what, due.on) for due in found.differing[0].late} >= {("investigate", "2026-11-27")}


def test_more_assurance_would_have_been_waited_for(taken: Scene) -> None:
    """A claim stays a claim: where a key is asked for, what was claimed waits for somebody with one."""
    found = replayed(taken, changed(taken, investigate__signers_of_assurance="signed"))

    assert told(found) == [("investigate", "waiting", {"sign-off-missing"})]
    assert "signed with a key of theirs" in found.differing[0].findings[0].message


def test_what_a_transition_needs_more_would_have_been_missing(taken: Scene) -> None:
    """The content is judged too, and the field that would have been lacking is named."""
    found = replayed(taken, changed(taken, find__needs_of_low=["root_cause.method", "report.suggestion"]))

    assert told(found) == [("find-root-cause", "refuse", {"needs-field"})]
    assert found.differing[0].findings[0].field == ("report", "suggestion")


def test_a_step_may_seal_more_and_mean_more(taken: Scene) -> None:
    """Nobody is blamed for not having signed what nobody asked them to: other words and more sections seal as well."""
    found = replayed(
        taken,
        changed(taken, find__seals=["root_cause", "investigation"], find__meaning="I agree with every word of it."),
    )

    assert [step.verdict for step in found.differing] == []


def test_a_transition_that_is_gone_would_not_have_been_known(taken: Scene) -> None:
    """Whoever takes a transition out hears which steps took it."""
    found = replayed(taken, changed(taken, find__name="find-causes"))

    assert [(transition, verdict) for transition, verdict, _ in told(found)] == [("find-root-cause", "refuse")]


def test_what_the_policy_in_force_would_refuse_too_is_no_news(walked: Walked) -> None:
    """Steps from before a change that is in force already are told apart from those that the new change touches."""
    scene, record = walked("investigated")
    scene.change_policy("o.haddad", changed(scene, investigate__signers_of_count={"default": 2}))
    scene.git("checkout", "-q", "main")
    scene.walk(upto="root-caused", record=record)

    now = replayed(scene)
    stricter = replayed(scene, changed(scene, find__signers_of_count={"default": 2}))

    assert (now.differing, [step.transition for step in now.as_now]) == ((), ["investigate"])
    assert told(stricter) == [("find-root-cause", "waiting", {"sign-off-missing"})]
    assert [step.transition for step in stricter.as_now] == ["investigate"]
    assert [step.policy for step in stricter.otherwise] == [1, 2]


def test_steps_that_went_together_are_told_apart(scene: Scene) -> None:
    """Of a small case that was closed at once, only the step that a change touches would have waited."""
    record = scene.prepare("minimal")
    scene.work_off(record)
    scene.close_record("s.ito", record)
    for who in ("r.meyer", "k.adeyemi", "v.novak"):
        scene.clock.tick(minutes=5)
        if scene.approve(who, record).verdict == "pass":
            break
    scene.merge("s.ito", record)
    assert scene.state(record) == "verified"

    found = replayed(scene, changed(scene, verify__signers_of_count={"default": 2}))

    assert found.steps == 4
    assert told(found) == [("verify", "waiting", {"sign-off-missing"})]


def test_a_step_that_does_not_hold_is_not_asked_about(walked: Walked) -> None:
    """What an audit refuses as it is says nothing about another policy; it is counted."""
    scene, record = walked("investigated")
    branch = scene.advance("s.ito", record).branch
    scene.approve("r.meyer", record)
    [first] = [entry.path for entry in scene.repository.tree(scene.rev()).entries() if "--r.meyer" in entry.path]
    scene.commit_files({first: scene.blob(first) + b"# seen\n"}, branch=branch)
    scene.git("merge", "-q", "--no-ff", "-m", "Merge", branch)

    found = replayed(scene, changed(scene, find__signers_of_count={"default": 2}))

    assert (found.steps, found.unsound, found.otherwise) == (1, 1, ())


def test_only_the_newest_are_looked_at_where_that_is_enough(walked: Walked) -> None:
    """A bound on the steps leaves out the records that changed longest ago, and says how many."""
    scene, first = walked("investigated")
    scene.clock.tick(hours=1)
    second = scene.walk(upto="root-caused")
    desk = scene.desk("o.haddad")
    rules = changed(scene, investigate__signers_of_count={"default": 2})
    proposed = replay(desk, rules, names={}).proposed

    found = replay_version(desk, proposed, tip=scene.rev("main"), steps=2)

    assert (found.records, found.left_out, found.steps) == (1, 1, 2)
    assert {step.record for step in found.otherwise} == {second} != {first}
    assert isinstance(found.proposed, PolicyVersion)


def test_what_is_no_policy_is_refused_with_every_finding(scene: Scene) -> None:
    """Files that cannot be read, or are not what their model says, are findings in the person's own files."""
    names = {RULES: "draft/workflow.yaml", PEOPLE: "draft/people.yaml"}
    broken = {RULES: b"states: [", PEOPLE: b"schema: 1\npeople: []\n"}
    odd = {RULES: (scene.root / RULES).read_bytes() + b"extra: 1\n"}

    with pytest.raises(RefusedError) as unreadable:
        replay(scene.desk("o.haddad"), broken, names=names)
    with pytest.raises(RefusedError) as misshapen:
        replay(scene.desk("o.haddad"), odd, names=names)

    assert [(one.code, one.path) for one in unreadable.value.findings] == [("policy-broken", "draft/workflow.yaml")]
    [finding] = misshapen.value.findings
    assert (finding.path, finding.line) == ("draft/workflow.yaml", len(odd[RULES].split(b"\n")) - 1)


def test_a_history_that_cannot_be_relied_on_is_not_replayed(walked: Walked) -> None:
    """Where git shows other objects than the ones that commits name, nothing is judged by them."""
    scene, _ = walked("investigated")
    scene.git("replace", scene.rev("main"), scene.rev("main~1"))

    with pytest.raises(RefusedError) as refused:
        replayed(scene)

    assert codes(refused.value.findings) == {"history-replaced"}
