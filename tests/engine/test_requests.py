"""Drafts and progress, direct and by request; proposals here and on a remote."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from nearmiss.engine.documents import Edit
from nearmiss.engine.errors import (
    NoProposalError,
    NothingToSignError,
    ProposalExistsError,
    RefusedError,
    SeveralProposalsError,
    SeveralTransitionsError,
    UnknownRecordError,
    UnknownTransitionError,
    UnreadableRecordError,
)
from nearmiss.engine.looking.showing import review
from nearmiss.engine.proposing.drafting import proposal_branch, save_draft
from nearmiss.engine.refusals import LocalChangesError
from nearmiss.errors import NearMissError
from tests.engine.scene import Scene, codes, open_scene

Walked = Callable[..., tuple[Scene, str]]

SETTINGS = "workflow/policy/settings.yaml"


def test_drafts_are_merged_without_a_signature_where_they_go_through_requests(walked: Walked) -> None:
    """In regulated work a draft is a branch that the gate passes; the main branch has it once it is merged."""
    scene, record = walked("reported")
    scene.change_policy("o.haddad", {SETTINGS: scene.revised(SETTINGS, {"drafts": "request"})})
    drafted = scene.draft("s.ito", record, {"root_cause.method": "ishikawa"})
    assert drafted.branch == f"near-miss/{record}/draft-20261122081000" or "/draft-" in drafted.branch
    assert scene.data(record)["root_cause"]["method"] == "five-whys"
    with pytest.raises(NothingToSignError):
        scene.approve("r.meyer", record)
    reviewed = review(scene.desk("r.meyer"), record)
    assert [change[0] for change in reviewed.changes] == [("root_cause", "method")]
    again = scene.draft("s.ito", record, {"lesson.headline": "Chock it"})
    assert again.branch == f"{drafted.branch}-2"
    scene.git("branch", "-q", "-D", again.branch)
    step = scene.advance("s.ito", record)
    scene.approve("r.meyer", record)
    assert scene.merge("s.ito", record, branch=drafted.branch).state == ""
    assert scene.data(record)["root_cause"]["method"] == "ishikawa"
    assert codes(scene.gate(step.branch).findings) == {"branch-outdated"}
    assert scene.check().findings == ()


def test_progress_has_a_setting_of_its_own(walked: Walked) -> None:
    """Progress is direct while drafts go by request, and the other way round."""
    scene, record = walked("action")
    scene.change_policy("o.haddad", {SETTINGS: scene.revised(SETTINGS, {"drafts": "request"})})
    assert scene.progress("t.silva", record, status="in-progress").branch == "main"
    text = scene.revised(SETTINGS, {"drafts": "direct", "progress": "request"})
    scene.change_policy("o.haddad", {SETTINGS: text})
    assert scene.draft("s.ito", record, {"lesson.headline": "Chock it"}).branch == "main"
    asked = scene.progress("t.silva", record, evidence="Photo")
    assert "/draft-" in asked.branch
    scene.merge("t.silva", record)
    assert [entry["status"] for entry in scene.data(record)["progress"]] == ["in-progress", "done"]


def test_progress_on_an_unknown_action_or_without_a_reason_is_refused(walked: Walked) -> None:
    """Progress is judged like every change."""
    scene, record = walked("action")
    before = scene.snapshot()
    with pytest.raises(RefusedError) as refused:
        scene.progress("t.silva", record, "A9")
    assert codes(refused.value.findings) == {"unknown-reference"}
    assert scene.snapshot() == before
    assert scene.progress("t.silva", record, "a1", "cancelled", because="Another way was found.").commit


def test_a_draft_that_changes_nothing_makes_no_commit(walked: Walked) -> None:
    """Saying again what is there leaves main where it is."""
    scene, record = walked("reported")
    before = scene.snapshot()
    assert scene.draft("s.ito", record, {"root_cause.method": "five-whys"}).commit == ""
    assert scene.snapshot() == before


def test_an_edit_that_cannot_be_made_is_said(walked: Walked) -> None:
    """A place that a list does not have, or a value that YAML cannot hold in a record, is a finding or an error."""
    scene, record = walked("reported")
    before = scene.snapshot()
    with pytest.raises(NearMissError, match="the list has 2 entries"):
        scene.draft("s.ito", record, {"root_cause.causes.7.statement": "x"})
    with pytest.raises(NearMissError):
        scene.draft("s.ito", record, {"report.what_happened.deep": "x"})
    with pytest.raises(UnknownRecordError) as unknown:
        scene.draft("s.ito", "nm-2026-0000x", {"title": "x"})
    assert "Did you mean" in str(unknown.value.hint)
    assert scene.snapshot() == before


def test_an_attachment_is_listed_and_kept_in_its_folder(walked: Walked) -> None:
    """A file goes beside the record with its digest; a name that leads elsewhere does not get out."""
    import hashlib

    scene, record = walked("reported")
    content = b"%PDF-1.4"
    entry = [{"file": "note.pdf", "sha256": f"sha256:{hashlib.sha256(content).hexdigest()}"}]
    edit = [Edit(at=("report", "attachments"), value=entry)]
    drafted = save_draft(scene.desk("s.ito"), record, edit, files={"note.pdf": content})
    assert drafted.sections == ("report",)
    assert scene.check().findings == ()
    before = scene.snapshot()
    for name in ("../../../../evil.pdf", "../x.pdf", "a/b.pdf"):
        with pytest.raises(NearMissError):
            save_draft(scene.desk("s.ito"), record, [], files={name: content})
    with pytest.raises(RefusedError) as refused:
        save_draft(scene.desk("s.ito"), record, [], files={"loose.pdf": content})
    assert codes(refused.value.findings) == {"attachment-unlisted"}
    assert scene.snapshot() == before


def test_a_checkout_with_changes_of_ones_own_is_left_alone(walked: Walked) -> None:
    """What a person has not committed is never written over."""
    scene, record = walked("reported")
    path = scene.path(record)
    (scene.root / path).write_bytes(scene.blob(path) + b"# mine\n")
    before = scene.snapshot()
    with pytest.raises(LocalChangesError):
        scene.draft("s.ito", record, {"root_cause.method": "ishikawa"})
    assert scene.snapshot() == before
    assert scene.advance("s.ito", record).branch


def test_steps_are_chosen_by_name_by_target_or_as_the_one_way_forward(walked: Walked) -> None:
    """What does not lead on, or leaves a choice, is said with what does."""
    scene, record = walked("investigated")
    for name, to in (("verify", ""), ("", "verified"), ("find-root-cause", "action"), ("send-back", "root-caused")):
        with pytest.raises(UnknownTransitionError) as unknown:
            scene.advance("s.ito", record, transition=name, to=to, because="So.")
        assert "find-root-cause" in str(unknown.value.hint)
    assert scene.advance("s.ito", record, to="root-caused").steps[0].transition.name == "find-root-cause"
    with pytest.raises(ProposalExistsError):
        scene.advance("s.ito", record)
    done, other = walked("verified")
    with pytest.raises(UnknownTransitionError):
        done.advance("s.ito", other)
    with pytest.raises(UnknownTransitionError):
        done.close_record("s.ito", other)


def test_a_target_that_two_steps_lead_to_is_not_guessed(walked: Walked) -> None:
    """Where the policy has two ways to one state, the person chooses."""
    scene, record = walked("reported")
    path = "workflow/policy/workflow.yaml"
    from nearmiss.store.documents import YamlDocuments

    rules = YamlDocuments().read(scene.blob(path)).data
    assert rules is not None
    twin = {**rules["transitions"][0], "name": "investigate-again"}
    place = len(rules["transitions"])
    scene.change_policy("o.haddad", {path: scene.revised(path, {f"transitions.{place}": twin})})
    with pytest.raises(SeveralTransitionsError):
        scene.advance("s.ito", record, to="investigated")


def test_a_record_that_cannot_be_read_is_not_worked_on(walked: Walked) -> None:
    """A file that is no YAML stops the command with its findings."""
    scene, record = walked("reported")
    scene.commit_files({scene.path(record): "a: [\n"}, branch="main")
    with pytest.raises(UnreadableRecordError) as unreadable:
        scene.advance("s.ito", record)
    assert unreadable.value.findings


def test_proposals_are_told_apart_by_branch_and_by_what_is_checked_out(walked: Walked) -> None:
    """With two proposals for a record, one is named, or it is the one that is checked out."""
    scene, record = walked("root-caused")
    with pytest.raises(NoProposalError):
        scene.approve("r.meyer", record)
    with pytest.raises(NoProposalError):
        scene.approve("r.meyer", "policy")
    with pytest.raises(UnknownRecordError):
        scene.approve("r.meyer", "NM-2026-XXXXX")
    forward = scene.advance("s.ito", record).branch
    back = scene.advance("s.ito", record, transition="send-back", to="reported", because="All wrong.").branch
    with pytest.raises(SeveralProposalsError):
        scene.approve("r.meyer", record)
    assert scene.approve("k.adeyemi", record, branch=forward).branch == forward
    scene.git("checkout", "-q", back)
    assert proposal_branch(scene.desk("s.ito"), record) == back
    assert scene.approve("r.meyer", record).branch == back
    assert scene.merge("s.ito", record, branch=back).state == "reported"
    assert back in scene.repository.branches()
    scene.git("checkout", "-q", "main")
    assert codes(scene.gate(forward).findings) == {"branch-outdated"}


def test_a_draft_on_the_branch_that_is_checked_out_goes_there(walked: Walked) -> None:
    """On the branch of its proposal, an edit belongs to the proposal."""
    scene, record = walked("reported")
    branch = scene.advance("s.ito", record).branch
    scene.git("checkout", "-q", branch)
    drafted = scene.draft("s.ito", record, {"investigation.findings": "The light turns green too early."})
    assert (drafted.branch, drafted.withdrawn) == (branch, ())
    assert scene.git("status", "--porcelain") == ""
    assert scene.data(record)["investigation"]["findings"] != "The light turns green too early."


def test_a_proposal_is_signed_and_merged_where_only_a_remote_has_it(walked: Walked, tmp_path: Path) -> None:
    """A colleague's clone sees the proposal, adds to it what others have there, and may not propose it twice."""
    scene, record = walked("reported")
    there = tmp_path / "remote.git"
    scene.git("clone", "-q", "--bare", str(scene.root), str(there))
    scene.git("remote", "add", "origin", str(there))
    branch = scene.advance("s.ito", record).branch
    scene.git("push", "-q", "origin", branch)
    scene.git("clone", "-q", str(there), str(tmp_path / "clone"))
    clone = open_scene(tmp_path / "clone", clock=scene.clock)
    with pytest.raises(ProposalExistsError):
        clone.advance("s.ito", record)
    mended = clone.draft("i.garcia", record, {"investigation.findings": "It turns green too early."}, branch=branch)
    assert clone.git("rev-parse", f"{branch}^") == scene.rev(branch)
    assert mended.branch == branch
    clone.git("branch", "-D", branch)
    assert clone.approve("r.meyer", record).verdict == "pass"
    assert clone.git("rev-parse", f"{branch}^") == scene.rev(branch)
    clone.git("push", "-q", "origin", branch)
    clone.git("branch", "-D", branch)
    assert clone.merge("s.ito", record).state == "investigated"
    assert clone.check().findings == ()
    clone.close()
