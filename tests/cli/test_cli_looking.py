"""`nearmiss list`, `show`, `history` and `check`: whole outputs, and the same facts as JSON."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from nearmiss.cli.output.sections import lines_of, owner_of, say_causes, spell, status_of
from tests.cli.shell import Shell, scrubbed
from tests.engine.scene import Scene, found_scene

Walked = Callable[..., tuple[Shell, Scene, str]]


def test_empty_register_invites(shell: Shell) -> None:
    """Without any record, the list says how to make the first."""
    assert shell.run("s.ito", "list").out == "0 records.\nReport the first one: nearmiss report\n"


def test_list_is_a_table(shell: Shell, scene: Scene) -> None:
    """The newest first, one line each, with what each waits for; filters are counted."""
    first = scene.prepare()
    scene.clock.tick(days=1)
    scene.report(what_happened="A box fell.")
    scene.advance("s.ito", first)

    said = shell.run("s.ito", "list").out
    header, second_row, first_row, blank, count, end = said.split("\n")

    assert header.split() == ["Id", "Title", "State", "Reported", "Class", "Level", "Waits", "for"]
    assert second_row.startswith("NM-2026-00002  A box fell")
    assert first_row.startswith("NM-2026-00001  ")
    assert "investigate (proposed)" in first_row
    assert (blank, count, end) == ("", "2 records.", "")
    assert shell.run("s.ito", "list", "--text", "BOX fell").out.endswith("\n1 of 2 records.\n")
    assert shell.run("s.ito", "list", "--state", "verified").out == "0 of 2 records.\n"
    assert shell.run("s.ito", "list", "--sort", "colour").code == 2


def test_list_numbers_by_first_commit(shell: Shell, scene: Scene) -> None:
    """--ledger shows running numbers, which are stored nowhere."""
    scene.report()
    scene.report()

    rows = shell.run("s.ito", "list", "--ledger", "--sort", "id").out.split("\n")
    assert [row.split()[:2] for row in rows[:3]] == [["No.", "Id"], ["1", "NM-2026-00001"], ["2", "NM-2026-00002"]]
    assert [one["number"] for one in shell.json("s.ito", "list", "--ledger", "--sort", "id")["records"]] == [1, 2]


def test_list_shows_what_is_overdue(walked: Walked) -> None:
    """What is past its due date is in the list, and can be asked for."""
    shell, scene, record = walked(upto="action")
    scene.clock.tick(days=400)

    assert " overdue" in shell.run("s.ito", "list", "--overdue").out
    [found] = shell.json("s.ito", "list", "--overdue", "--owner", "t.silva")["records"]
    assert (found["id"], found["open_actions"][0]["id"]) == (record, "A1")
    assert "action A1" in found["overdue"]


def test_narrow_terminal_shows_the_columns_that_matter(
    shell: Shell, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a terminal is too narrow for all columns, id, title and state stay."""
    scene.report()
    monkeypatch.setattr("nearmiss.cli.commands.listing.is_terminal", lambda: True)
    monkeypatch.setattr("nearmiss.cli.commands.listing.width", lambda: 50)

    assert shell.run("s.ito", "list").out.split("\n")[0].split() == ["Id", "Title", "State"]
    assert shell.run("s.ito", "list", "--ledger").out.split("\n")[0].split() == ["No.", "Id", "Title", "State"]


def test_json_of_a_list_keeps_its_keys(shell: Shell, scene: Scene) -> None:
    """Programs find each record's facts under keys that stay."""
    record = scene.prepare()

    data = shell.json("s.ito", "list")

    assert set(data) == {"ok", "today", "total", "records", "unreadable"}
    [one] = data["records"]
    assert set(one) == {
        *("id", "path", "title", "state", "reported_on", "occurred_on", "classification", "hazard", "site", "area"),
        *("level", "severity", "likelihood", "band", "decision", "owners", "due", "overdue", "open_actions"),
        "proposed",
    }
    assert (one["id"], one["path"]) == (record, f"records/2026/11/{record}.yaml")
    assert one["due"][0].keys() == {"what", "on", "whose"}


def test_record_that_cannot_be_read_is_named(shell: Shell, scene: Scene) -> None:
    """A broken record is left out of the table and named below it."""
    record = scene.report().id
    scene.report()
    scene.commit_files({scene.path(record): b"a: [\n"}, branch="main")

    outcome = shell.run("s.ito", "list")

    assert outcome.code == 0
    assert record in outcome.err
    assert "see nearmiss check" in outcome.err


def test_page_of_a_new_report(shell: Shell, scene: Scene) -> None:
    """A record that was just reported fits on a few lines."""
    record = scene.report(
        what_stopped_it={"barrier": "luck", "how": "I was quick."},
        made_safe="no",
        occurred_on="2026-11-20",
        occurred_at="14:20",
        suggestion="More chocks.",
    ).id

    assert shell.run("s.ito", "show", record).out == (
        f"{record}  The trailer crept away from the dock while I was half inside\n"
        "State: reported; not assessed yet\n"
        "\n"
        "Reported on 2026-11-22 (m.okafor)\n"
        "  NOT safe when reported.\n"
        "  What happened:\n"
        "    The trailer crept away from the dock while I was half inside. I braked.\n"
        "  What stopped it:\n"
        "    Luck: I was quick.\n"
        "  Where:\n"
        "    Plant 2, Shipping\n"
        "  When:\n"
        "    2026-11-20, 14:20\n"
        "\n"
        "Besides\n"
        "  suggestion: More chocks.\n"
        "\n"
        "What may come next\n"
        "  investigate, decline, escalate, reassess, correct, redact, publish-alert\n"
    )


def test_page_of_a_verified_record(walked: Walked) -> None:
    """Risk in words, causes as a tree, actions with status and owner, and each signature with name, date, meaning."""
    shell, _, record = walked(upto="verified")

    said = shell.run("s.ito", "show", record).out

    for words in (
        "State: verified; could have been 2 (minor), likelihood 2 (unlikely), risk medium, level low\n",
        "Root causes\n  C1 (",
        "Actions\n  A1 done: ",
        "t.silva, due 2027-01-15",
        "Signed and in force\n  1. investigate: ",
        "Identity not proven (asserted).",
        "What may come next\n",
    ):
        assert words in said, said
    assert said.count("Identity not proven") == 4
    assert "I have seen that the actions are carried out and that they work, and release the lesson." in said


def test_json_of_a_page_keeps_its_keys(walked: Walked) -> None:
    """Programs get the record as it is, the steps in force, and what may come."""
    shell, scene, record = walked(upto="investigated")

    data = shell.json("s.ito", "show", record)

    assert set(data) == {
        *("ok", "id", "path", "commit", "band", "record", "steps", "proposals", "next_steps", "findings")
    }
    assert data["record"] == scene.data(record)
    [step] = data["steps"]
    assert set(step["signed"][0]) == {"by", "name", "role", "at", "verdict", "meaning", "because", "assurance"}


def test_page_shows_what_is_proposed_and_what_is_late(walked: Walked) -> None:
    """A proposal is named with the line that reviews it; an action past its day is marked."""
    shell, scene, record = walked(upto="action")
    scene.clock.tick(days=400)
    scene.advance("s.ito", record, transition="send-back", to="reported", because="Look again.")

    said = shell.run("s.ito", "show", record).out

    assert " OVERDUE\n" in said
    assert f"proposed: send-back, on near-miss/{record}/04-send-back: nearmiss review {record}" in said


def test_page_of_an_earlier_time(walked: Walked) -> None:
    """--revision shows a record as it was; an id that is not there is told with those alike."""
    shell, scene, record = walked(upto="investigated")
    first = scene.git("rev-list", "--max-parents=1", "--reverse", "main", "--", scene.path(record)).split()[0]

    assert "State: reported; not assessed yet" in shell.run("s.ito", "show", record, "--revision", first).out
    assert shell.run("s.ito", "show", record, "--revision", "nowhere").code == 1
    outcome = shell.run("s.ito", "show", record[:-1] + ("Z" if record[-1] != "Z" else "Y"))
    assert outcome.code == 1
    assert f"Did you mean {record}" in outcome.err


def test_history_is_the_latest_first(shell: Shell, scene: Scene) -> None:
    """Each commit with who and when, what changed, and the signature that it brought."""
    record = scene.prepare()
    scene.advance("s.ito", record)
    scene.put_in_force(record, ["r.meyer"])

    assert scrubbed(shell.run("s.ito", "history", record).out) == (
        "2026-11-22 08:10+01:00  S Ito  COMMIT\n"
        f"  {record}: investigate in force\n"
        "2026-11-22 08:05+01:00  R Meyer  COMMIT\n"
        f"  {record}: approve investigate\n"
        "  Signed: R Meyer (r.meyer, quality-lead) at 2026-11-22T07:05:00Z\n"
        "    I have read the report, its assessment and the investigation, and find them complete and accurate.\n"
        "2026-11-22 08:00+01:00  S Ito  COMMIT\n"
        f"  {record}: investigate (reported → investigated)\n"
        "  State: investigated\n"
        "2026-11-22 08:00+01:00  S Ito  COMMIT\n"
        f"  {record}: draft investigation, root_cause, action_plan\n"
        "  Changed: investigation, root_cause, action_plan\n"
        "2026-11-22 08:00+01:00  I Garcia  COMMIT\n"
        f"  {record}: draft assessment\n"
        "  Changed: assessment\n"
        "2026-11-22 08:00+01:00  M Okafor  COMMIT\n"
        f"  {record}: report a near miss\n"
        "  State: reported\n"
    )


def test_history_tells_objections_and_reasons(walked: Walked) -> None:
    """An objection stays in the history with its reason; so does the reason of a step."""
    shell, scene, record = walked(upto="investigated")
    scene.advance("s.ito", record, transition="send-back", to="reported", because="Look again.")
    scene.object("p.lind", record, "Not yet.")
    scene.approve("p.lind", record)
    scene.merge("s.ito", record)

    said = shell.run("s.ito", "history", record).out
    assert "Objection: P Lind" in said
    assert "Because: Not yet." in said
    assert "Because: Look again." in said
    signed = [one for entry in shell.json("s.ito", "history", record)["entries"] for one in entry["signed"]]
    assert {one["verdict"] for one in signed} == {"approve", "object"}


def test_what_was_waived_is_shown_wherever_it_is_read(tmp_path: Path) -> None:
    """A rule that was waived for a step stands beside the signature, with the reason."""
    scene = found_scene(tmp_path, preset="small")
    shell = Shell(directory=scene.root, scene=scene)
    record = scene.prepare()
    scene.advance("s.ito", record)
    words = ("--waive", "contributor-signs", "--because", "There are only two of us.")

    assert shell.run("i.garcia", "approve", record, *words).code == 0
    assert shell.run("s.ito", "merge", record).code == 0
    for command in ("show", "history"):
        said = shell.run("s.ito", command, record).out
        assert "Waived: contributor-signs (There are only two of us.)" in said
        assert "Because: There are only two of us." in said
    scene.close()


# Check


def test_check_that_passes(walked: Walked) -> None:
    """A sound register: one line, and how many signatures are only claims."""
    shell, _, _ = walked(upto="investigated")

    outcome = shell.run("s.ito", "check")
    assert outcome.code == 0
    assert outcome.out.startswith("Everything holds. 1 record, 1 sign-off; no findings.\n")
    assert outcome.out.endswith("Identity not proven (asserted): 1 sign-off.\n")
    data = shell.json("s.ito", "check")
    assert (data["verdict"], data["records"], data["sign_offs"], data["asserted"]) == ("pass", 1, 1, 1)
    assert data["counts"] == {"error": 0, "waiting": 0, "warning": 0, "note": 0}


def test_check_that_finds_a_broken_seal(walked: Walked) -> None:
    """A sealed character that changed: the file, the line, the section and the sign-off; exit code 1."""
    shell, scene, record = walked(upto="investigated")
    path = scene.root / scene.path(record)
    path.write_bytes(path.read_bytes().replace(b"decision: near-miss", b"decision: incident"))

    outcome = shell.run("s.ito", "check")
    assert outcome.code == 1
    assert f"records/2026/11/{record}.yaml\n" in outcome.out
    assert "assessment is not what was signed off by 01-investigated--r.meyer.yaml" in outcome.out
    assert "Something does not hold. 1 record, 1 sign-off; " in outcome.out

    data = shell.run("s.ito", "check", "--json").data
    assert data["ok"] is False
    [finding] = [one for one in data["findings"] if one["code"] == "sealed-section-changed"]
    assert set(finding) == {"code", "severity", "record", "path", "line", "column", "field", "message", "hint"}
    assert finding["line"] > 1


def test_check_of_a_proposal_waits(shell: Shell, scene: Scene) -> None:
    """On a proposal's branch, missing sign-offs are waited for; that is no failure."""
    record = scene.prepare()
    branch = scene.advance("s.ito", record).branch
    scene.git("checkout", "-q", branch)

    outcome = shell.run("s.ito", "check")
    assert outcome.code == 0, outcome.said
    assert "Everything holds; sign-offs are still waited for. 1 record, 0 sign-offs; 1 waiting." in outcome.out
    assert shell.run("s.ito", "check", "--revision", "main").out.startswith("Everything holds.")
    assert shell.run("s.ito", "check", "--base", "main", "--json").data["verdict"] == "waiting"
    assert shell.run("s.ito", "check", "--base", "nowhere").code == 1


# Sections as people read them


@pytest.mark.parametrize(
    "value, words",
    [
        (None, "–"),
        (True, "yes"),
        (False, "no"),
        (3, "3"),
        ("redacted", "withheld"),
        ([], "none"),
        (["a", "b"], "a, b"),
        ({"a_b": 1, "c": [2]}, "a b: 1; c: 2"),
    ],
)
def test_values_in_words(value: object, words: str) -> None:
    """Plain values become words."""
    assert spell(value) == words


def test_long_texts_stand_below_their_names() -> None:
    """Short values stand beside their names; long ones, lists of mappings and mappings below."""
    lines = list(lines_of({"a": "x", "b": "y" * 61, "c": {"d": 1}, "e": [{"f": 1}], "g": ["h", "i"]}))

    assert lines == ["  a: x", "  b:", "    " + "y" * 61, "  c:", "    d: 1", "  e:", "    - f: 1", "  g: h, i"]


def test_causes_are_a_tree_even_where_they_are_not(capsys: pytest.CaptureFixture[str]) -> None:
    """Causes stand below what they explain; those that point at each other, or at nothing, are not lost."""
    causes = [
        {"id": "C1", "level": "immediate", "category": "method", "statement": "a"},
        {"id": "C3", "explains": "C2", "level": "root", "category": "method", "statement": "c", "disposition": "act"},
        {"id": "C2", "explains": "C1", "level": "root", "category": "method", "statement": "b"},
        {"id": "C4", "explains": "C5", "level": "root", "category": "method", "statement": "d"},
        {"id": "C5", "explains": "C4", "level": "root", "category": "method", "statement": "e"},
        {"id": "C6", "explains": "C9", "level": "root", "category": "method", "statement": "f"},
    ]

    say_causes(causes)

    assert capsys.readouterr().out == (
        "\nRoot causes\n"
        "  C1 (immediate, method): a\n"
        "    C2 (root, method): b\n"
        "      C3 (root, method → act): c\n"
        "  C6 (root, method): f\n"
        "  C4 (root, method): d\n"
        "    C5 (root, method): e\n"
    )


def test_actions_in_words() -> None:
    """An action's latest entry is its status; an owner outside has somebody inside who answers."""
    record = {"progress": [{"action": "A1", "status": "done"}, {"action": "A1", "status": "open"}]}

    assert (status_of(record, "A1"), status_of(record, "A2"), status_of({}, "A1")) == ("open", "open", "open")
    assert owner_of({"owner": {"external": "a firm", "sponsor": "t.silva"}}) == "a firm (for whom t.silva answers)"
    assert (owner_of({"owner": "t.silva"}), owner_of({})) == ("t.silva", "nobody yet")
