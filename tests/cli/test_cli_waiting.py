"""What waits for whom: `nearmiss` alone and `nearmiss waiting`, and how to begin where there is no register."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from nearmiss.app.places import drafts_of
from nearmiss.cli.commands.waiting import FEW
from nearmiss.engine.looking import waiting as engine
from tests.cli.shell import Shell
from tests.engine.scene import Scene

Walked = Callable[..., tuple[Shell, Scene, str]]


def tasks(shell: Shell, who: str) -> list[tuple[str, str, str]]:
    """Return what waits for somebody: of which sort, about which record, and what."""
    return [(task["sort"], task["id"], task["what"]) for task in shell.json(who, "waiting")["tasks"]]


def sorts(shell: Shell, who: str) -> list[str]:
    """Return of which sorts the things are that wait for somebody."""
    return [sort for sort, _, _ in tasks(shell, who)]


# Proposals


def test_a_proposal_waits_for_those_who_may_sign_it(shell: Shell, scene: Scene) -> None:
    """It is for those to sign who may, and for whoever wrote it to be patient; for nobody else."""
    record = scene.prepare("low")
    scene.advance("s.ito", record)

    assert ("sign", record, "investigate") in tasks(shell, "r.meyer")
    [(sort, _, what)] = [one for one in tasks(shell, "s.ito") if one[1] == record]
    assert sort == "others"
    assert what.startswith("investigate: ")
    assert "r.meyer" in what
    assert tasks(shell, "v.novak") == []


def test_a_signed_proposal_waits_for_its_maker(shell: Shell, scene: Scene) -> None:
    """Once everybody has signed, whoever wrote it is told to put it in force, and the signers are done."""
    record = scene.prepare("low")
    scene.advance("s.ito", record)
    scene.approve("r.meyer", record)

    assert ("merge", record, "investigate") in tasks(shell, "s.ito")
    assert "sign" not in sorts(shell, "r.meyer")
    [task] = [task for task in shell.json("s.ito", "waiting")["tasks"] if task["sort"] == "merge"]
    assert task["command"] == f"nearmiss merge {record}"


def test_an_objection_is_for_the_maker_to_settle(shell: Shell, scene: Scene) -> None:
    """Who objected has nothing to do; whoever wrote it reads by whom it is held up."""
    record = scene.prepare("low")
    scene.advance("s.ito", record)
    scene.object("r.meyer", record, "Say who looked.")

    assert ("mend", record, "investigate, objected to by r.meyer") in tasks(shell, "s.ito")
    assert "sign" not in sorts(shell, "r.meyer")


def test_a_proposal_that_would_be_refused_is_for_its_maker(shell: Shell, scene: Scene) -> None:
    """What the gate would refuse is held up, and no signature is asked for."""
    record = scene.prepare("low")
    scene.advance("s.ito", record)
    branch = f"near-miss/{record}/01-investigate"
    scene.commit_files({"records/stranger.txt": "x"}, who="s.ito", branch=branch)

    assert ("mend", record, "investigate, would be refused") in tasks(shell, "s.ito")
    assert "sign" not in sorts(shell, "r.meyer")


def test_a_proposal_that_cannot_be_read_is_for_its_maker(shell: Shell, scene: Scene) -> None:
    """What a proposal made unreadable has no title, and is held up all the same."""
    record = scene.prepare("low")
    scene.advance("s.ito", record)
    scene.commit_files({scene.path(record): "x: ["}, who="s.ito", branch=f"near-miss/{record}/01-investigate")
    scene.commit_files({"records/2026/11/notes.txt": "x"}, who="v.novak", branch=f"near-miss/{record}/02-verify")

    assert ("mend", record, "verify, would be refused") in tasks(shell, "v.novak")
    assert shell.run("s.ito").code == 0


def test_a_change_of_policy_waits_too(shell: Shell, scene: Scene) -> None:
    """A proposed policy waits for a policy owner who did not write it."""
    path = "schemas/vocabulary/location.yaml"
    scene.propose_policy("o.haddad", {path: scene.revised(path, {"terms.0.retired": True})})

    [task] = [task for task in shell.json("w.olsen", "waiting")["tasks"] if task["id"] == "policy"]
    assert (task["sort"], task["title"]) == ("sign", "The rules and people of this register")
    assert task["command"] == "nearmiss review policy"


def test_reports_that_go_through_requests_wait_for_their_reporter(shell: Shell, scene: Scene) -> None:
    """Where settings say that reports go through requests, whoever reported is told to put the report in force."""
    path = "workflow/policy/settings.yaml"
    scene.change_policy("o.haddad", {path: scene.revised(path, {"reports": "request"})})
    record = scene.report("m.okafor").id

    assert tasks(shell, "m.okafor") == [("merge", record, "report")]
    assert tasks(shell, "v.novak") == []


# Records


def test_a_report_waits_for_those_who_may_answer_it(shell: Shell, scene: Scene) -> None:
    """A report that nobody has assessed waits for whoever may sign its first step, and is overdue after its day."""
    record = scene.report("m.okafor").id

    assert tasks(shell, "r.meyer") == [("answer", record, "assess")]
    assert tasks(shell, "m.okafor") == []
    scene.clock.to("2027-03-01")
    [task] = shell.json("r.meyer", "waiting")["tasks"]
    assert (task["overdue"], task["due"] < "2027-03-01") == (True, True)
    assert task["command"] == f"nearmiss edit {record} assessment"
    assert "OVERDUE" in shell.run("r.meyer").out


def test_a_role_that_holds_elsewhere_counts_there_only(shell: Shell, scene: Scene) -> None:
    """Who holds a role for one site is not told of reports from another."""
    path = "workflow/policy/people.yaml"
    raw = (scene.root / path).read_text(encoding="utf-8")
    place = raw.count("- handle:", 0, raw.index("- handle: r.meyer"))
    scene.change_policy("o.haddad", {path: scene.revised(path, {f"people.{place}.roles.0.sites": ["plant-1"]})})
    scene.report("m.okafor")

    assert "answer" not in sorts(shell, "r.meyer")


def test_a_case_waits_for_those_whose_it_is(shell: Shell, scene: Scene) -> None:
    """The next step of a case is for its lead, its analyst and its assessor, until it is proposed."""
    record = scene.prepare("low")

    assert ("step", record, "investigate") in tasks(shell, "s.ito")
    assert ("step", record, "investigate") in tasks(shell, "i.garcia")
    assert tasks(shell, "v.novak") == []
    scene.advance("s.ito", record)
    assert "step" not in sorts(shell, "i.garcia")


def test_what_is_no_near_miss_is_to_be_declined(shell: Shell, scene: Scene) -> None:
    """Where the assessment says that it is none, the next step is out."""
    record = scene.prepare("low")
    scene.draft("i.garcia", record, {"assessment.decision": "hazard"})

    [task] = [task for task in shell.json("i.garcia", "waiting")["tasks"] if task["sort"] == "step"]
    assert task["command"] == f"nearmiss advance {record} --transition decline"


def test_an_action_waits_for_its_owner(walked: Walked) -> None:
    """An open action is for its owner, with its day; while one is open, the case waits for nobody else."""
    shell, scene, record = walked("action")

    assert ("action", record, "A1") in tasks(shell, "t.silva")
    assert "step" not in sorts(shell, "s.ito")
    scene.clock.to("2027-02-01")
    said = shell.run("t.silva", "waiting").out
    assert "A1, was due 2027-01-15  OVERDUE" in said
    assert f"nearmiss progress {record} A1 --status done" in said


def test_the_effect_is_to_be_checked_when_its_day_comes(walked: Walked) -> None:
    """The check of effect is told two weeks before its day, to the lead and to whoever may sign what follows."""
    shell, scene, record = walked("action")
    scene.clock.to("2027-01-12")
    scene.progress("t.silva", record, evidence="Photo")

    assert "look" not in sorts(shell, "v.novak")
    assert "step" not in sorts(shell, "s.ito")
    scene.clock.to("2027-04-10")
    assert ("look", record, "check of effect") in tasks(shell, "v.novak")
    assert ("look", record, "check of effect") in tasks(shell, "s.ito")


def test_nothing_waits_on_a_case_that_is_closed(walked: Walked) -> None:
    """A verified record asks for nothing until its lesson is to be looked at again."""
    shell, scene, record = walked("verified")

    assert [one for one in tasks(shell, "s.ito") if one[1] == record] == []
    scene.clock.to("2028-02-01")
    assert ("look", record, "review of the lesson") in tasks(shell, "s.ito")


# Who and where


def test_nearmiss_alone_says_what_waits(shell: Shell, scene: Scene) -> None:
    """`nearmiss` alone says who one is, what waits, and a few commands to go on with."""
    scene.chance.texts = ["7Q4K2"]
    record = scene.prepare("low")
    scene.advance("s.ito", record)

    outcome = shell.run("r.meyer")

    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out == (
        "You are R Meyer (r.meyer): quality-lead.\n"
        "\n"
        "For you to sign\n"
        "  NM-2026-7Q4K2  The trailer crept away from the dock while I was half inside\n"
        "    investigate\n"
        "\n"
        "To go on\n"
        "  nearmiss review NM-2026-7Q4K2\n"
        "  nearmiss list\n"
    )


def test_many_things_are_shown_in_short(shell: Shell, scene: Scene) -> None:
    """`nearmiss` alone shows a few of each sort, `nearmiss waiting` all."""
    for _ in range(FEW + 2):
        scene.report("m.okafor")

    short, whole = shell.run("r.meyer").out, shell.run("r.meyer", "waiting").out

    assert "… and 2 more: nearmiss waiting" in short
    assert short.count("NM-2026-") == FEW + 1
    assert whole.count("    assess, due") == FEW + 2


def test_where_nothing_waits_it_says_so(shell: Shell, scene: Scene) -> None:
    """Somebody for whom nothing waits reads that, and what always can be done."""
    said = shell.run("v.novak").out

    assert "Nothing waits for you.\n" in said
    assert said.endswith("To go on\n  nearmiss report\n  nearmiss --help\n")


@pytest.mark.parametrize(
    "who, said", [("x@elsewhere.example", "x@elsewhere.example, who is not on the list"), ("", "does not know who you")]
)
def test_a_stranger_is_told_so(shell: Shell, scene: Scene, who: str, said: str) -> None:
    """Somebody whom the list of people does not have, or git does not know, is told so; nothing waits for them."""
    scene.report("m.okafor")

    outcome = shell.run(who)

    assert outcome.code == 0
    assert said in outcome.out
    assert "NM-2026" not in outcome.out


def test_nothing_waits_for_those_who_left(shell: Shell, scene: Scene) -> None:
    """Somebody who is not active any more may do nothing, so nothing waits for them."""
    scene.report("m.okafor")

    assert tasks(shell, "l.former") == []


def test_a_branch_other_than_main_is_told(shell: Shell, scene: Scene) -> None:
    """Who is on another branch, or on none, is told, with the way back."""
    scene.git("switch", "-q", "-c", "elsewhere")
    assert "You are on the branch elsewhere; what is in force is on main: git switch main\n" in shell.run("v.novak").out
    scene.git("checkout", "-q", "--detach")
    assert "You are on no branch;" in shell.run("v.novak").out


def test_a_text_that_was_not_saved_is_told(shell: Shell, scene: Scene) -> None:
    """A text that was kept because it could not be saved waits, with the command that takes it up."""
    record = scene.report("m.okafor").id
    kept = drafts_of(scene.root)
    kept.mkdir(parents=True)
    (kept / f"{record}-root_cause.yaml").write_text("x", encoding="utf-8")

    said = shell.run("m.okafor").out

    assert f"Texts of yours that were not saved\n  {record}  root_cause\n" in said
    assert f"  nearmiss edit {record} root_cause --resume\n" in said
    assert shell.json("m.okafor", "waiting")["texts"] == [
        {"id": record, "section": "root_cause", "command": f"nearmiss edit {record} root_cause --resume"}
    ]


def test_what_was_found_is_told_again(shell: Shell, scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing has moved since, nothing is judged again; a person, a day or a branch later, it is."""
    record = scene.report("m.okafor").id
    first = shell.json("r.meyer", "waiting")

    def judge(_desk: object) -> None:
        raise AssertionError

    with monkeypatch.context() as patch:
        patch.setattr(engine, "waiting", judge)
        assert shell.json("r.meyer", "waiting") == first
        for who, day in (("s.ito", ""), ("r.meyer", "2026-11-23")):
            scene.clock.to(day or "2026-11-22")
            assert shell.run(who, "waiting").code == 3
    scene.draft("i.garcia", record, {"assessment.decision": "hazard"})

    assert shell.json("r.meyer", "waiting")["tasks"] == []


def test_json_says_who_is_at_work(shell: Shell, scene: Scene) -> None:
    """The JSON says who it is for, in which roles, on which day and branch, and how many records there are."""
    scene.report("m.okafor")

    data = shell.json("c.moreau", "waiting")

    assert {key: data[key] for key in data if key not in {"tasks", "texts"}} == {
        "ok": True,
        "handle": "c.moreau",
        "name": "C Moreau",
        "email": "c.moreau@example.org",
        "roles": ["quality-lead"],
        "today": "2026-11-22",
        "branch": "main",
        "records": 1,
    }
    assert [sorted(task) for task in data["tasks"]] == [
        ["command", "due", "id", "overdue", "sort", "title", "what"],
    ]


# Where there is no register


@pytest.mark.parametrize("prepare", [(), ("init", "-q"), ("init", "-q", "--bare")])
def test_how_to_begin(tmp_path: Path, prepare: tuple[str, ...]) -> None:
    """In a folder without a register, `nearmiss` alone says what this is and how to begin, and it is no failure."""
    if prepare:
        subprocess.run(["git", *prepare], cwd=tmp_path, check=True)

    outcome = Shell(directory=tmp_path).run("")

    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.startswith("Near misses and what was learned from them")
    assert "  nearmiss init near-misses  Lay down a register" in outcome.out


def test_a_repository_of_something_else(tmp_path: Path) -> None:
    """In a repository that holds no register it is the same; `nearmiss waiting` says what is missing."""
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    subprocess.run(["git", *AUTHOR, "commit", "-q", "--allow-empty", "-m", "x"], cwd=tmp_path, check=True)
    shell = Shell(directory=tmp_path)

    assert "There is no register in this folder." in shell.run("").out
    outcome = shell.run("", "waiting")
    assert outcome.code == 1
    assert "is not a near-miss register" in outcome.err


def test_a_register_that_is_broken_is_no_other_place(shell: Shell, scene: Scene) -> None:
    """Where a register's policy cannot be read, that is said, and not how to make one."""
    (version,) = (scene.root / "workflow" / "policy" / "versions").glob("*.json")
    version.write_text("{}", encoding="utf-8")
    scene.git("commit", "-q", "-a", "-m", "x")

    outcome = shell.run("v.novak")

    assert outcome.code == 1
    assert "The policy cannot be read" in outcome.err


AUTHOR = ("-c", "user.name=x", "-c", "user.email=x@example.org")


def test_another_register_by_its_folder(shell: Shell, scene: Scene, tmp_path: Path) -> None:
    """With -C, `nearmiss` alone says what waits there."""
    assert shell.at(tmp_path).run("v.novak", "-C", str(scene.root)).out.startswith("You are V Novak")


def test_a_proposal_that_nobody_may_sign_is_for_its_maker(shell: Shell, scene: Scene) -> None:
    """Where whoever has the role has written it, the maker is told so, and nobody is sent to sign."""
    gone = ("r_meyer", "p_lind", "k_adeyemi", "t_silva")
    scene.change_policy("o.haddad", scene.people_with(**{handle: {"roles": []} for handle in gone}))
    record = scene.prepare("low")
    told = shell.run("s.ito", "advance", record).out

    assert "nobody on the list of people" in told
    assert "nearmiss approve" not in told
    assert ("mend", record, "investigate, which nobody on the list of people may sign") in tasks(shell, "s.ito")
