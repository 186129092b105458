"""`nearmiss gate`: one verdict in five forms, with an exit code that a job can trust."""

from __future__ import annotations

import html
import json
import re
import subprocess
from collections.abc import Callable
from dataclasses import replace

import pytest
from markdown_it import MarkdownIt

from nearmiss import __version__
from nearmiss.cli.gate.comment import LONGEST, MARK, as_comment, code, escaped
from nearmiss.engine.gate.decisions import judge_revisions
from nearmiss.engine.replaying.requests import replay_request
from nearmiss.models.digests import digest
from tests.cli.shell import Shell
from tests.engine.scene import Scene

RECORD = "NM-2026-00001"
BRANCH = f"near-miss/{RECORD}/01-investigate"
REQUEST = ("--base", "main", "--head", BRANCH)


@pytest.fixture
def proposed(scene: Scene) -> Scene:
    """A register in which a record's first step is proposed."""
    scene.prepare()
    scene.advance("s.ito", RECORD)
    return scene


def test_a_request_waits_then_passes(shell: Shell, proposed: Scene) -> None:
    """It ends with 1 while a sign-off is missing, saying whose, and with 0 once it is there."""
    waiting = shell.run("s.ito", "gate", *REQUEST)
    assert (waiting.code, waiting.err) == (1, "")
    assert waiting.said == (
        f"{RECORD}  The trailer crept away from the dock while I was half inside\n"
        "  investigate (reported → investigated)\n"
        "investigate waits for 1 of quality-lead, area-manager. "
        "Who may: r.meyer, p.lind, k.adeyemi, t.silva, c.moreau.\n"
        "\n"
        "The gate\n"
        "waiting: it is legal and complete; sign-offs are missing.\n"
        "Judged COMMIT onto COMMIT, by policy version 1.\n"
    )

    proposed.approve("r.meyer", RECORD)
    passed = shell.run("s.ito", "gate", *REQUEST)
    assert passed.code == 0
    assert "investigate is signed by r.meyer." in passed.out
    assert "pass: it may be merged." in passed.out


def test_json_says_by_what_it_was_judged(shell: Shell, proposed: Scene) -> None:
    """Every decision, the content that a sign-off would bind, the policy's digests and the tool's version."""
    outcome = shell.run("s.ito", "gate", *REQUEST, "--format", "json")

    assert outcome.code == 1
    assert outcome.data == json.loads(shell.run("s.ito", "gate", *REQUEST, "--json").out)
    version = json.loads(proposed.blob("workflow/policy/versions/0001.json"))
    assert outcome.data["policy"] == {"version": 1, "rules": version["rules_sha256"], "digest": digest(version)}
    assert outcome.data["tool"] == {"name": "nearmiss", "version": __version__}
    assert (outcome.data["ok"], outcome.data["verdict"]) == (False, "waiting")
    [decision] = outcome.data["decisions"]
    assert (decision["id"], decision["new"], decision["verdict"]) == (RECORD, False, "waiting")
    assert decision["changes"] == [{"field": "state", "before": "reported", "after": "investigated"}]
    [step] = decision["steps"]
    assert set(step["content"]) == {"schema", "title", "sections"}
    assert [finding["code"] for finding in decision["findings"]] == ["sign-off-missing"]

    proposed.approve("r.meyer", RECORD)
    [signed] = [file.statement for file in proposed.dossier(RECORD, BRANCH).sign_offs]
    assert signed["content"] == step["content"]
    [again] = shell.run("s.ito", "gate", *REQUEST, "--json").data["decisions"]
    assert again["steps"][0]["code"] == step["code"]


def test_comment_ends_with_the_line_to_post(shell: Shell, proposed: Scene) -> None:
    """A reviewer sees the step in words, what it means to sign, what changes, whose turn it is, and how."""
    comment = shell.run("s.ito", "gate", *REQUEST, "--format", "markdown").out
    [decision] = shell.run("s.ito", "gate", *REQUEST, "--json").data["decisions"]

    assert comment.startswith(f"{MARK}\n## ⏳ Legal and complete: sign-offs are missing\n")
    assert "> Signing it means: I have read the report\\, its assessment and the investigation" in comment
    assert "| `state` | `reported` | `investigated` |" in comment
    assert "Written by: i\\.garcia\\, m\\.okafor\\, s\\.ito; they do not sign it." in comment
    assert f"\n/sign-off {RECORD} investigate {decision['steps'][0]['code']}\n" in comment
    assert f"\n/object {RECORD} investigate {decision['steps'][0]['code']} because: …\n" in comment

    proposed.approve("r.meyer", RECORD)
    proposed.object("k.adeyemi", RECORD, "the chock was there")
    after = shell.run("s.ito", "gate", *REQUEST, "--format", "markdown").out
    assert "⛔ Objected to by: k\\.adeyemi." in after


def test_words_of_a_record_are_never_obeyed(shell: Shell, scene: Scene) -> None:
    """Markdown, HTML, mentions, links, table bars and workflow commands in a record stay the words they are."""
    title = "Evil <img src=x onerror=1> | @everyone #1 **b** [x](http://e) `c` ::error::"
    scene.prepare()
    scene.draft("i.garcia", RECORD, {"title": title})
    scene.advance("s.ito", RECORD)

    comment = shell.run("s.ito", "gate", *REQUEST, "--format", "markdown").out
    shown = MarkdownIt("gfm-like", {"html": True, "linkify": False}).render(comment)
    [heading] = re.findall("<h3>(.*?)</h3>", shown)
    assert html.unescape(heading).replace("\u200b", "") == f"⏳ {RECORD} · {title}"
    assert "@everyone" not in heading
    # Within code no forge makes links.
    assert "http://" not in re.sub("(`+).*?\\1", "", comment)
    github = shell.run("s.ito", "gate", *REQUEST, "--format", "github").out
    assert all(line.startswith(("::notice file=", "The gate says")) for line in github.splitlines())


def test_escapes() -> None:
    """Text that is shown holds no working markup, and a code span holds any backticks and no table bar."""
    assert escaped("a\n<b> @me #12") == "a \\<b\\> \\@\u200bme \\#\u200b12"
    assert code("a|b") == "`a\\|b`"
    assert code("a``b`") == "``` a``b` ```"
    assert code("") == "`  `"


def test_annotations_cannot_be_broken_out_of(shell: Shell, proposed: Scene) -> None:
    """A finding on GitHub is one workflow command with its file and line, and its text cannot begin another."""
    files = {f"records/2026/11/{RECORD}.yaml": b"a: [\n", "records/2026/11/a%0A::b,c.txt": b"x"}
    proposed.commit_files(files, who="s.ito", branch=BRANCH)

    outcome = shell.run("s.ito", "gate", *REQUEST, "--format", "github")

    assert outcome.code == 1
    lines = outcome.out.splitlines()
    assert lines[-1] == "The gate says: refuse."
    commands = [re.fullmatch("::error ([^:]*)::(.*)", line) for line in lines[:-1]]
    assert all(commands)
    places = [dict(pair.split("=", 1) for pair in found[1].split(",")) for found in commands if found]
    assert {"records/2026/11/a%250A%3A%3Ab%2Cc.txt"} == {place["file"] for place in places}


def test_code_quality_for_gitlab(shell: Shell, proposed: Scene) -> None:
    """GitLab reads a list of findings with place, weight and a fingerprint of its own each."""
    found = json.loads(shell.run("s.ito", "gate", *REQUEST, "--format", "gitlab").out)

    [entry] = found
    assert entry["check_name"] == "sign-off-missing"
    assert entry["severity"] == "info"
    assert entry["location"] == {"path": f"records/2026/11/{RECORD}.yaml", "lines": {"begin": 2}}
    assert len(entry["fingerprint"]) == 64


def test_several_forms_in_one_go(shell: Shell, proposed: Scene) -> None:
    """A job prints one form, and keeps others in files for later steps, without judging twice."""
    outcome = shell.run("s.ito", "gate", *REQUEST, "--write", "markdown=comment.md", "--write", "json=gate.json")

    assert outcome.code == 1
    assert (shell.directory / "comment.md").read_text(encoding="utf-8").startswith(MARK)
    assert json.loads((shell.directory / "gate.json").read_text(encoding="utf-8"))["verdict"] == "waiting"
    wrong = shell.run("s.ito", "gate", *REQUEST, "--write", "html=x")
    assert (wrong.code, wrong.out) == (2, "")
    assert "does not name a form and a file" in wrong.err


def test_bare_repository_gives_the_same_verdict(shell: Shell, proposed: Scene) -> None:
    """Where there is no working tree, as on a server, the same request is judged the same."""
    bare = shell.directory.parent / "server.git"
    subprocess.run(["git", "clone", "-q", "--mirror", str(shell.directory), str(bare)], check=True)

    there = Shell(directory=bare, scene=shell.scene).run("s.ito", "gate", *REQUEST, "--json")

    assert (there.code, there.data) == (1, shell.run("s.ito", "gate", *REQUEST, "--json").data)


def test_a_report_and_nothing_at_all(shell: Shell, scene: Scene) -> None:
    """A new report passes without anybody's sign-off; a request that touches nothing of ours passes too."""
    tip = scene.rev()
    scene.report("m.okafor")
    new = ("--base", tip, "--head", "main")

    outcome = shell.run("s.ito", "gate", *new)
    assert outcome.code == 0
    assert "A new report; it needs no sign-off." in outcome.out
    assert "A new report. It needs nobody's approval." in shell.run("s.ito", "gate", *new, "--format", "markdown").out
    nothing = shell.run("s.ito", "gate", "--base", "main", "--head", "main", "--format", "markdown")
    assert "No record and no policy is touched." in nothing.out


def test_long_changes_fit_into_a_comment(shell: Shell, walked: Callable[..., tuple[Shell, Scene, str]]) -> None:
    """However much a request changes, the comment stays below what forges take, and says where the rest is."""
    here, scene, record = walked("investigated", "high")
    scene.prepare("high")
    branch = scene.advance("s.ito", record).branch
    comment = here.run("s.ito", "gate", "--base", "main", "--head", branch, "--format", "markdown").out

    assert len(comment.encode()) < LONGEST + 1000
    assert "<details><summary>What changes (" in comment


def test_long_texts_leave_room_for_the_line(shell: Shell, scene: Scene) -> None:
    """What is signed is shown as far as it fits, and the line to post stands below it, whatever the record says."""
    scene.prepare("medium")
    timeline = [{"at": f"14:{minute:02d}", "event": "The trailer crept. " * 40} for minute in range(60)]
    scene.draft("s.ito", RECORD, {"investigation.timeline": timeline})
    scene.advance("s.ito", RECORD)

    comment = shell.run("s.ito", "gate", *REQUEST, "--format", "markdown").out

    assert "… and " in comment
    assert comment.count("<details>") == comment.count("</details>") == 2
    assert f"\n/sign-off {RECORD} investigate " in comment
    assert len(comment.encode()) < LONGEST


def test_what_only_a_key_signs(shell: Shell, scene: Scene) -> None:
    """Where the policy wants a key of one's own, the comment gives no line to sign by, only the one to object."""
    path = "workflow/policy/workflow.yaml"
    scene.change_policy("o.haddad", {path: scene.revised(path, {"transitions.0.signers.assurance": "signed"})})
    scene.prepare()
    scene.advance("s.ito", RECORD)

    comment = shell.run("s.ito", "gate", *REQUEST, "--format", "markdown").out

    assert "Only with a key of one's own. To object, post this line as a comment." in comment
    assert "/sign-off" not in comment
    assert f"\n/object {RECORD} investigate " in comment


def test_unknown_revision(shell: Shell, proposed: Scene) -> None:
    """A revision that is not there is one sentence, and nothing is judged."""
    outcome = shell.run("s.ito", "gate", "--base", "main", "--head", "nowhere")

    assert (outcome.code, outcome.out) == (1, "")
    assert "nowhere" in outcome.err


RULES = "workflow/policy/workflow.yaml"
CHANGE = ("--base", "main", "--head", "near-miss/policy/02-change-policy")


def test_a_change_of_policy_says_what_it_would_have_meant(walked: Callable[..., tuple[Shell, Scene, str]]) -> None:
    """Reviewers read how many of the steps taken so far would have come otherwise, and which; programs count them."""
    here, scene, record = walked("root-caused")
    rules = {"transitions.0.signers.count": {"default": 2}, "transitions.1.signers.roles": ["area-manager"]}
    scene.propose_policy("o.haddad", {RULES: scene.revised(RULES, rules)})

    text, comment = (here.run("s.ito", "gate", *CHANGE, "--format", form).out for form in ("text", "markdown"))
    data = here.run("s.ito", "gate", *CHANGE, "--json").data

    assert (
        "What the change would have meant\n"
        "Of 2 steps taken so far, 2 would not have passed as they did: "
        "1 would have been refused, 1 would have waited.\n"
        "By transition: find-root-cause 1, investigate 1.\n"
        "By finding: sign-off-missing 1, signer-role 1.\n"
    ) in text
    assert "**What it would have meant**" in comment
    assert f"| {record} | find-root-cause | would have been refused | " in comment
    assert "`investigate waits for 1 more of quality-lead, area-manager` |" in comment
    assert data["replay"]["counts"] | {"records": 1, "steps": 2, "differing": 2} == data["replay"]["counts"]
    assert data["replay"]["tip"] == scene.rev()


def test_a_change_that_would_have_meant_nothing_says_so(walked: Callable[..., tuple[Shell, Scene, str]]) -> None:
    """A step that passes under the proposed rules too is counted, and there is no table."""
    here, scene, _ = walked("investigated")
    settings = "workflow/policy/settings.yaml"
    scene.propose_policy("o.haddad", {settings: scene.revised(settings, {"language": "de"})})

    comment = here.run("s.ito", "gate", *CHANGE, "--format", "markdown").out

    assert "Of 1 step taken so far\\, it would have passed as before\\." in comment
    assert "The steps" not in comment


def test_nothing_is_supposed_of_what_changes_no_rules(shell: Shell, scene: Scene) -> None:
    """Waivers, CI files and what is no sound version at all say nothing about steps; records neither."""
    waivers = "workflow/policy/waivers.yaml"
    entry = {"commit": scene.rev(), "code": "path-unknown", "because": "a file of long ago", "on": "2026-11-22"}
    scene.propose_policy("o.haddad", {waivers: scene.revised(waivers, {"waivers": [entry]})})
    scene.commit_files({RULES: "states: [\n"}, branch="broken")
    scene.commit_files({"workflow/policy/versions/0002.json": "{}\n"}, branch="unsound")

    for head in (CHANGE[3], "broken", "unsound"):
        data = shell.run("s.ito", "gate", "--base", "main", "--head", head, "--json").data
        assert [decision["id"] for decision in data["decisions"]] == ["policy"]
        assert data["replay"] is None


def test_a_long_list_of_steps_is_cut(walked: Callable[..., tuple[Shell, Scene, str]]) -> None:
    """The comment names a few steps, and says how to see the others."""
    here, scene, _ = walked("root-caused")
    scene.propose_policy("o.haddad", {RULES: scene.revised(RULES, {"transitions.0.signers.count": {"default": 2}})})
    desk = scene.desk("s.ito")
    gated = judge_revisions(desk, base="main", head=CHANGE[3])
    replayed = replay_request(desk, gated.result, gated.policy)
    assert replayed is not None
    many = replace(replayed, otherwise=replayed.otherwise * 30, left_out=7, unsound=2, records=1200)

    comment = "\n".join(as_comment(gated, many))

    assert comment.count("would have waited | ") == 20
    assert "… and 10 more: `nearmiss replay --policy workflow`" in comment
    assert "Of the 2 steps of the 1\\,200 records that changed last" in comment
    assert "Not looked at\\: 7 records that changed earlier\\." in comment
    assert "2 steps that an audit does not accept were not asked about\\." in comment
    assert here.directory == scene.root
