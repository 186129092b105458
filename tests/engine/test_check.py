"""Checking a register as a whole: on main, on a proposal's branch, with a cache, and with everything out of place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from nearmiss.engine.checking.register import check
from nearmiss.engine.errors import BrokenPolicyError, NotAnInstanceError
from nearmiss.engine.indexing.making import PassingIndex
from nearmiss.engine.indexing.remembering import FACTS
from nearmiss.policy.findings import Severity
from nearmiss.store.documents import YamlDocuments
from tests.engine.scene import Scene, codes, edits_of

Walked = Callable[..., tuple[Scene, str]]


class Remembered(PassingIndex):
    """An index in memory that counts the facts that it was given."""

    def __init__(self) -> None:
        super().__init__()
        self.put = 0

    def put_many(self, values: Any) -> None:
        """Remember values."""
        self.put += sum(key.startswith(FACTS) for key in values)
        super().put_many(values)


def write(scene: Scene, path: str, content: str | bytes) -> None:
    """Write a file into the working tree, uncommitted."""
    place = scene.root / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content.encode() if isinstance(content, str) else content)


def past_all_rules(scene: Scene, record: str, values: dict[str, Any]) -> None:
    """Commit an edit to main with git alone."""
    path = scene.path(record)
    scene.commit_files({path: YamlDocuments().revise(scene.blob(path), edits_of(values))}, branch="main")


def test_missing_sign_offs_wait_on_a_proposal_and_are_errors_on_main(walked: Walked) -> None:
    """On the branch of a proposal the step waits; the same content on main is wrong, and says whose word is missing."""
    scene, record = walked("reported", "very-high")
    branch = scene.advance("s.ito", record).branch
    scene.git("checkout", "-q", branch)
    checked = scene.check()
    assert (checked.verdict, codes(checked.findings, Severity.WAITING)) == ("waiting", {"sign-off-missing"})
    scene.approve("r.meyer", record)
    assert scene.check().verdict == "waiting"
    scene.git("checkout", "-q", "main")
    assert scene.check().verdict == "pass"
    scene.git("merge", "-q", "--ff-only", branch)
    checked = scene.check()
    assert (checked.verdict, codes(checked.findings)) == ("refuse", {"sign-off-missing"})


def test_a_state_moved_without_any_sign_off_is_an_error_on_main(walked: Walked) -> None:
    """The files alone tell that nobody signed."""
    scene, record = walked("reported")
    branch = scene.advance("s.ito", record).branch
    scene.git("merge", "-q", "--ff-only", branch)
    assert codes(scene.check().findings) == {"state-unsigned"}


def test_a_branch_is_judged_by_what_it_changed_and_not_by_what_main_did_since(walked: Walked) -> None:
    """Reports and drafts that came to main after the branch began are no fault of the branch."""
    scene, record = walked("reported")
    other = scene.report().id
    branch = scene.advance("s.ito", record).branch
    scene.draft("i.garcia", other, {"assessment.classification": "safety"})
    scene.report()
    scene.git("checkout", "-q", branch)
    assert scene.check().verdict == "waiting"
    scene.git("checkout", "-q", "main")
    scene.draft("i.garcia", record, {"decisions": [{"on": "2026-11-22", "body": "committee", "decided": "Yes."}]})
    scene.git("checkout", "-q", branch)
    assert codes(scene.check().findings) == {"branch-outdated"}


def test_a_check_of_a_revision_against_a_base_is_that_of_its_branch(walked: Walked) -> None:
    """What is checked need not be checked out."""
    scene, record = walked("reported")
    branch = scene.advance("s.ito", record).branch
    checked = scene.check(revision=branch, base="main")
    assert (checked.verdict, checked.commit) == ("waiting", scene.rev(branch))
    assert scene.check(revision="main").verdict == "pass"


def test_a_sealed_character_that_changed_is_found_with_section_and_sign_off(walked: Walked) -> None:
    """Uncommitted or not: one letter in a sealed section, and the sign-off that no longer holds is named."""
    scene, record = walked("verified")
    path = scene.path(record)
    write(scene, path, scene.blob(path).replace(b"I braked", b"I broke"))
    found = scene.check().findings
    assert [(one.code, one.field, one.path) for one in found] == [("sealed-section-changed", ("report",), path)]
    assert "01-investigated--r.meyer.yaml" in found[0].message
    assert found[0].line == 1 + scene.blob(path).split(b"\n").index(b"report:")


def test_strays_and_unreadable_files_are_found_with_their_places(walked: Walked) -> None:
    """All of it at once: a stray, a twin, a link, an orphaned folder, and YAML that is none, with its line."""
    scene, record = walked("investigated")
    path = scene.path(record)
    write(scene, "records/notes.txt", "x")
    write(scene, path.replace("/11/", "/12/"), scene.blob(path))
    write(scene, "records/2026/11/NM-2026-0000Z/attachments/a.jpg", "x")
    write(scene, "records/2026/11/NM-2026-0000Y.yaml", "schema: 1\nid: NM-2026-0000Y\nid: again\n")
    (scene.root / "records/2026/11/NM-2026-0000X.yaml").symlink_to("/etc/passwd")
    checked = scene.check()
    by_code = {finding.code: finding for finding in checked.findings}
    assert {"path-unknown", "id-twice", "record-missing", "mode-odd"} <= set(by_code)
    unreadable = [finding for finding in checked.findings if finding.path.endswith("0000Y.yaml")]
    assert [(finding.line, finding.record) for finding in unreadable] == [(3, "NM-2026-0000Y")]
    assert checked.verdict == "refuse"


def test_a_sign_off_that_is_none_is_found(walked: Walked) -> None:
    """Neither a file by another name nor one with another form passes for a sign-off."""
    scene, record = walked("investigated")
    folder = scene.path(record).removesuffix(".yaml")
    write(scene, f"{folder}/sign-offs/approved.yaml", "yes: 1\n")
    assert "sign-off-name" in codes(scene.check().findings)


def test_records_that_refer_to_nothing_or_to_each_other_are_found(scene: Scene) -> None:
    """What no record can tell alone: dangling and circular references, people nobody knows, the same row twice."""
    one, other, third = (scene.report().id for _ in range(3))
    past_all_rules(scene, one, {"assessment": {"decision": "duplicate", "duplicate_of": other}})
    past_all_rules(scene, other, {"assessment": {"decision": "duplicate", "duplicate_of": one}})
    lost = {"lead": "x.nobody", "similar": {"searched": "dock", "found": ["NM-2025-AAAAA", third]}}
    past_all_rules(scene, third, {"investigation": lost})
    findings = scene.check().findings
    assert sorted((finding.record, finding.code) for finding in findings if finding.severity is Severity.ERROR) == [
        (one, "duplicate-circle"),
        (other, "duplicate-circle"),
        (third, "person-unknown"),
        (third, "reference-dangling"),
        (third, "reference-to-itself"),
    ]


def test_a_register_in_which_nobody_can_sign_says_so(scene: Scene) -> None:
    """A warning tells that the next step of a record has no signer on the list."""
    scene.report()
    away = {handle: {"active": False} for handle in ("r_meyer", "p_lind", "k_adeyemi", "t_silva", "s_ito", "i_garcia")}
    scene.change_policy("o.haddad", scene.people_with(**away))
    assert codes(scene.check().findings, Severity.WARNING) == {"nobody-can-sign"}


def test_policy_files_that_no_version_says_are_found(scene: Scene) -> None:
    """Policy changed in place, unproposed, is an error that says how to propose it; so is a schema that is stale."""
    path = "workflow/policy/settings.yaml"
    write(scene, path, scene.revised(path, {"language": "de"}))
    found = [finding for finding in scene.check().findings if finding.severity is Severity.ERROR]
    assert [(finding.code, finding.hint) for finding in found] == [
        ("policy-unversioned", "propose the change: nearmiss advance policy")
    ]
    scene.git("checkout", "-q", "--", path)
    write(scene, "schemas/near-miss.schema.json", "{}\n")
    assert "schema-stale" in {finding.code for finding in scene.check().findings}


def test_policy_that_cannot_be_read_is_said_or_stops_the_check(scene: Scene) -> None:
    """A broken policy file is a finding; a version that does not fit its digests leaves nothing to judge by."""
    write(scene, "workflow/policy/risk.yaml", "schema: [\n")
    assert codes(scene.check().findings) == {"policy-broken"}
    scene.git("checkout", "-q", "--", "workflow/policy")
    version = "workflow/policy/versions/0001.json"
    text = scene.blob(version)
    for content in (text.replace(b"Example Works", b"Somebody"), b"{", b'{"a": 1, "a": 2}'):
        write(scene, version, content)
        with pytest.raises(BrokenPolicyError):
            scene.check()
    write(scene, version, text)
    (scene.root / version).rename(scene.root / "workflow/policy/versions/0002.json")
    with pytest.raises(BrokenPolicyError, match="another version"):
        scene.check()
    (scene.root / "workflow/policy/versions/0002.json").unlink()
    with pytest.raises(BrokenPolicyError, match="no version"):
        scene.check()
    write(scene, version, text)
    write(scene, "workflow/policy/instance.yaml", "a: [")
    with pytest.raises(BrokenPolicyError):
        scene.check()
    (scene.root / "workflow/policy/instance.yaml").unlink()
    with pytest.raises(NotAnInstanceError):
        scene.check()


def test_a_warm_check_says_what_a_cold_one_says(walked: Walked) -> None:
    """Remembered findings and summaries are those of the records; what changed is judged anew, nothing else is."""
    scene, record = walked("verified")
    other = scene.report().id
    past_all_rules(scene, other, {"investigation": {"lead": "x.nobody"}})
    memory = Remembered()
    desk = replace(scene.desk("o.haddad"), memory=memory)
    cold = check(desk)
    assert memory.put == 2
    seen: list[tuple[int, int]] = []
    warm = check(desk, progress=lambda done, total: seen.append((done, total)))
    assert (warm, memory.put, seen) == (cold, 2, [(1, 2), (2, 2)])
    assert codes(warm.findings) == {"person-unknown"}
    assert check(replace(desk, memory=None)) == cold
    past_all_rules(scene, other, {"investigation.findings": "Nothing yet."})
    check(desk)
    assert memory.put == 3
    path = scene.path(record)
    write(scene, path, scene.blob(path).replace(b"half inside", b"half outside"))
    assert "sealed-section-changed" in codes(check(desk).findings)


def test_what_is_remembered_is_forgotten_when_any_rule_changes(walked: Walked) -> None:
    """A check depends on every version that a sign-off may name; on another day it says the same of the same files."""
    scene, _ = walked("verified")
    memory = Remembered()
    desk = replace(scene.desk("o.haddad"), memory=memory)
    check(desk)
    path = "workflow/policy/settings.yaml"
    scene.change_policy("o.haddad", {path: scene.revised(path, {"language": "de"})})
    check(desk)
    assert memory.put == 2
    scene.clock.tick(days=1)
    assert (check(desk).count(Severity.ERROR), memory.put) == (0, 2)


def test_a_date_that_had_not_come_is_no_finding_once_it_has(walked: Walked) -> None:
    """What passes by itself is judged anew each day; what is right stays right, so nothing else is."""
    scene, _ = walked("reported")
    other = scene.report().id
    told = {"on": "2026-12-01", "area": "shipping", "by": "r.meyer", "attended": 3}
    past_all_rules(scene, other, {"briefings": [told]})
    memory = Remembered()
    desk = replace(scene.desk("o.haddad"), memory=memory)
    assert codes(check(desk).findings) == {"date-in-future"}
    assert (codes(check(desk).findings), memory.put) == ({"date-in-future"}, 2)
    scene.clock.to("2026-12-01")
    assert (codes(check(desk).findings), memory.put) == (set(), 3)


def test_a_record_that_says_another_id_or_date_than_its_place_is_found(walked: Walked) -> None:
    """The stem of the file is the id, and the folder follows from the month of the report."""
    scene, record = walked("reported")
    path = scene.path(record)
    write(scene, path, scene.blob(path).replace(record.encode(), b"NM-2026-0000Z"))
    assert "id-differs" in codes(scene.check().findings)
    write(scene, path, scene.blob(path).replace(b'reported_on: "2026-11-22"', b'reported_on: "2026-10-22"'))
    assert "path-differs" in codes(scene.check().findings)


def test_a_state_or_term_that_the_policy_does_not_know_is_found(walked: Walked) -> None:
    """Structure first: a record in no known state is not judged further."""
    scene, record = walked("reported")
    path = scene.path(record)
    write(scene, path, scene.blob(path).replace(b"state: reported", b"state: resolved"))
    assert codes(scene.check().findings) == {"unknown-state"}


def test_a_finding_about_a_sign_off_has_its_own_path(walked: Walked) -> None:
    """What is wrong with a sign-off is said of its file, not of the record's."""
    scene, record = walked("investigated")
    path = f"{scene.path(record).removesuffix('.yaml')}/sign-offs/01-investigated--r.meyer.yaml"
    write(scene, path, scene.blob(path).replace(b"role: quality-lead", b"role: verifier"))
    found = scene.check().findings
    assert {(finding.code, finding.path, finding.record) for finding in found} == {("signer-role", path, record)}
