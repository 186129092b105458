"""What the desk needs of the engine: what may come next, briefings, joining, and a word only on what was read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from nearmiss.engine.errors import (
    NoTwinError,
    OvertakenError,
    ProposalMovedError,
    RefusedError,
    UnknownTransitionError,
)
from nearmiss.engine.proposing.advancing import advance
from nearmiss.engine.proposing.approving import sign_off
from nearmiss.engine.proposing.briefing import BriefingReport, report_briefing
from nearmiss.engine.proposing.foreseeing import foresee
from nearmiss.engine.proposing.joining import Joint, join
from nearmiss.engine.proposing.merging import merge
from nearmiss.engine.proposing.proposals import Word
from tests.engine.scene import Scene, found_scene, walked_scene


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """A register that was just founded."""
    made = found_scene(tmp_path)
    yield made
    made.close()


def test_what_may_come_next_says_all_that_is_missing_and_writes_nothing(scene: Scene) -> None:
    """Of a bare report, the investigation lacks what the policy asks for; the same record filled in lacks nothing."""
    bare = scene.report().id
    full = scene.prepare("low")
    before = scene.snapshot()

    lacking = {one.transition.name: one for one in foresee(scene.desk("s.ito"), bare)}
    ready = {one.transition.name: one for one in foresee(scene.desk("s.ito"), full)}

    assert "assessment.decision" in {finding.field_name for finding in lacking["investigate"].missing}
    assert not lacking["investigate"].is_ready
    assert ready["investigate"].is_ready
    assert ready["investigate"].proposed is not None
    assert "r.meyer" in ready["investigate"].proposed.candidates
    assert [finding.field_name for finding in ready["publish-alert"].missing] == [
        "alert.headline",
        "alert.do_this",
        "alert.until",
    ]
    assert scene.snapshot() == before


def test_a_step_back_is_foreseen_only_to_where_the_record_has_been(tmp_path: Path) -> None:
    """A record that was investigated may be sent back to reported, and nowhere else."""
    scene, record = walked_scene(tmp_path, upto="investigated")

    found = [(one.transition.name, one.to) for one in foresee(scene.desk("s.ito"), record)]

    assert ("send-back", "reported") in found
    assert not [to for name, to in found if name == "send-back" and to != "reported"]
    scene.close()


def test_a_briefing_is_an_entry_with_a_number_and_no_names(scene: Scene) -> None:
    """Who was told stands in the record as a day, an area and a number; earlier entries stay."""
    record = scene.report().id

    report_briefing(scene.desk("k.adeyemi"), record, BriefingReport(area="shipping", attended=14))
    report_briefing(scene.desk("k.adeyemi"), record, BriefingReport(on="2026-11-21"))

    assert scene.data(record)["briefings"] == [
        {"on": "2026-11-22", "area": "shipping", "by": "k.adeyemi", "attended": 14},
        {"on": "2026-11-21", "by": "k.adeyemi"},
    ]


def test_a_duplicate_is_joined_by_a_step_that_somebody_else_signs(scene: Scene) -> None:
    """Joining proposes to decline the record as a duplicate of the other; once signed, it is in force."""
    first, second = scene.report().id, scene.report().id
    said = Joint(
        duplicate_of=first, reason="The same trailer on the same day.", reply="Thank you; joined with the first."
    )

    join(scene.desk("i.garcia"), second, said)
    scene.put_in_force(second, ["r.meyer"])

    data = scene.data(second)
    assert (data["state"], data["assessment"]["duplicate_of"]) == ("declined", first)


def test_a_record_is_not_joined_with_itself_nor_once_it_is_closed(scene: Scene) -> None:
    """A duplicate of itself or of nothing is refused, with nothing written; what has left the process is not joined."""
    first, second = scene.report().id, scene.report().id
    before = scene.snapshot()
    with pytest.raises(RefusedError):
        join(scene.desk("i.garcia"), second, Joint(duplicate_of=second, reason="Same.", reply="Thanks."))
    with pytest.raises(NoTwinError, match="There is no record NM-2026-ZZZZZ"):
        join(scene.desk("i.garcia"), second, Joint(duplicate_of="NM-2026-ZZZZZ", reason="Same.", reply="Thanks."))
    assert scene.snapshot() == before

    join(scene.desk("i.garcia"), second, Joint(duplicate_of=first, reason="Same.", reply="Thanks."))
    scene.put_in_force(second, ["r.meyer"])
    with pytest.raises(UnknownTransitionError):
        join(scene.desk("i.garcia"), second, Joint(duplicate_of=first, reason="Same.", reply="Thanks."))


def test_a_step_is_not_proposed_from_a_record_that_changed_since_it_was_read(scene: Scene) -> None:
    """Whoever proposes a step without edits means the record as they read it, every part of it."""
    record = scene.prepare("low")
    read = scene.dossier(record)
    scene.draft("i.garcia", record, {"assessment.reply": "Thank you, we look into it."})

    with pytest.raises(OvertakenError):
        advance(scene.desk("s.ito"), record, transition="investigate", basis=read)

    assert advance(scene.desk("s.ito"), record, transition="investigate", basis=scene.dossier(record)).branch


def test_a_word_is_given_only_on_what_was_read(scene: Scene) -> None:
    """A proposal that changed since somebody read it takes neither their signature nor their merge."""
    record = scene.prepare("low")
    read = scene.advance("s.ito", record).commit
    branch = f"near-miss/{record}/01-investigate"
    scene.draft("s.ito", record, {"investigation.findings": "Something else entirely."}, branch=branch)

    with pytest.raises(ProposalMovedError):
        sign_off(scene.desk("r.meyer"), record, Word(), read=read)
    with pytest.raises(ProposalMovedError):
        merge(scene.desk("r.meyer"), record, read=read)
    with pytest.raises(ProposalMovedError):
        sign_off(scene.desk("r.meyer"), record, Word(), read=scene.rev("main"))

    signed = sign_off(scene.desk("r.meyer"), record, Word(), read=scene.rev(branch))
    assert signed.verdict == "pass"


def test_a_sign_off_that_came_meanwhile_is_no_obstacle(scene: Scene) -> None:
    """What somebody else signed since a person read the proposal does not change what they read."""
    record = scene.prepare("low")
    read = scene.advance("s.ito", record).commit
    scene.approve("r.meyer", record)

    assert sign_off(scene.desk("p.lind"), record, Word(), read=read).verdict == "pass"
    assert merge(scene.desk("s.ito"), record, read=read).state == "investigated"
