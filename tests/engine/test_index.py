"""The index of the main branch: whatever happens to a register, a look at it says what a reading of everything says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from nearmiss.app.crew import Crew
from nearmiss.app.glancing import check_at_once, index_of, list_at_once, show_at_once
from nearmiss.engine.checking import register
from nearmiss.engine.checking.register import check
from nearmiss.engine.errors import UnknownRecordError
from nearmiss.engine.indexing import remembering
from nearmiss.engine.indexing.index import DamagedIndexError, look
from nearmiss.engine.indexing.making import MovingError, PassingIndex, up_to_date
from nearmiss.engine.instance import read_register
from nearmiss.engine.looking.listing import Wanted, list_from, list_records, read_summaries
from nearmiss.engine.looking.showing import show
from nearmiss.errors import UsageError
from nearmiss.store.documents import YamlDocuments
from tests.engine.scene import Scene, edits_of

Walked = Callable[..., tuple[Scene, str]]

TODAY = "2026-11-22"


@pytest.fixture(autouse=True)
def _plain_surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GIT_CEILING_DIRECTORIES", raising=False)


def same(scene: Scene) -> None:
    """Compare what the kept index says, brought up to date, with one that is made from nothing."""
    desk = scene.desk("o.haddad")
    fresh = replace(desk, memory=None)
    assert up_to_date(desk).kept.rows() == up_to_date(fresh).kept.rows()
    for wanted in (Wanted(), Wanted(most=2), Wanted(text="trailer"), Wanted(sort="due", states=("reported",))):
        kept, made = list_records(desk, wanted), list_records(fresh, wanted)
        assert kept == made
        assert list_at_once(str(scene.root), wanted, today=kept.today) == kept
    for summary in list_records(desk, Wanted()).summaries:
        # A record with its id in two places has no page: git is asked, and says so.
        assert show_at_once(str(scene.root), summary.id) in (None, as_json_has_it(scene, summary.id))


def as_json_has_it(scene: Scene, record: str) -> object:
    """Return a page as it is after being kept: plain values, lists within them."""
    page = show(scene.desk("o.haddad"), record)
    return type(page).revive(page.as_data()).at(page.commit, page.proposals)


def test_the_index_follows_whatever_happens(walked: Walked) -> None:
    """Reports, drafts, proposals, merges, a policy change: after each one the index says what all records say."""
    scene, record = walked("investigated")
    same(scene)
    assert show_at_once(str(scene.root), record) is not None
    other = scene.report().id
    assert list_at_once(str(scene.root), Wanted(), today=TODAY) is None
    same(scene)
    scene.draft("s.ito", other, {"assessment": {"classification": "quality", "level": "low"}})
    same(scene)
    scene.advance("s.ito", record)
    assert show_at_once(str(scene.root), record) is None
    same(scene)
    scene.approve("r.meyer", record)
    same(scene)
    scene.merge("s.ito", record)
    same(scene)
    path = "workflow/policy/settings.yaml"
    scene.change_policy("o.haddad", {path: scene.revised(path, {"language": "de"})})
    same(scene)


def test_the_index_follows_what_git_alone_does(walked: Walked) -> None:
    """A broken file, one that is mended, one that is gone, an id in two places, a history that is taken back."""
    scene, record = walked("investigated")
    other = scene.report().id
    start = scene.rev()
    same(scene)
    good = scene.blob(scene.path(other))
    for files in (
        {scene.path(other): b"a: [\n"},
        {scene.path(other): good},
        {scene.path(other): None},
        {scene.path(other): good, f"records/2025/01/{other}.yaml": good},
        {f"records/2025/01/{other}.yaml": None},
        {"records/2026/11/odd.txt": b"odd\n"},
    ):
        scene.commit_files(files, branch="main")
        same(scene)
    scene.git("reset", "-q", "--hard", start)
    same(scene)
    assert record in read_summaries(scene.desk("o.haddad"), scene.rev())[0]


def test_summaries_of_an_earlier_commit_leave_the_index_alone(walked: Walked) -> None:
    """Who asks for the past gets the past, and the next look at the present is as quick as before."""
    scene, record = walked("root-caused")
    same(scene)
    earlier, unreadable = read_summaries(scene.desk("o.haddad"), scene.rev("main~1"))
    assert (earlier[record].state, unreadable) == ("investigated", [])
    assert list_at_once(str(scene.root), Wanted(), today=TODAY) is not None


def test_on_another_branch_the_main_one_is_listed(walked: Walked) -> None:
    """Where HEAD is says only what the main branch is called; the list is that of the main branch."""
    scene, record = walked("investigated")
    branch = scene.advance("s.ito", record).branch
    scene.git("checkout", "-q", branch)
    same(scene)
    assert [one.state for one in list_records(scene.desk("o.haddad"), Wanted()).summaries] == ["investigated"]


def test_a_filter_that_fits_nothing_is_a_slip_at_a_glance_too(walked: Walked) -> None:
    """The index knows which values there are."""
    scene, _ = walked("reported")
    same(scene)
    with pytest.raises(UsageError, match="There is no state resolved"):
        list_at_once(str(scene.root), Wanted(states=("resolved",)), today=TODAY)
    with pytest.raises(UsageError, match="not sorted by colour"):
        list_at_once(str(scene.root), Wanted(sort="colour"), today=TODAY)


def test_what_the_index_does_not_show_is_looked_for_by_git(walked: Walked) -> None:
    """An id that is nowhere, and a record that cannot be read, end in the sentences that they always ended in."""
    scene, _ = walked("reported")
    broken = scene.report().id
    scene.commit_files({scene.path(broken): b"a: [\n"}, branch="main")
    same(scene)
    assert (show_at_once(str(scene.root), broken), show_at_once(str(scene.root), "NM-2026-0000Z")) == (None, None)
    with pytest.raises(UnknownRecordError):
        show(scene.desk("o.haddad"), "NM-2026-0000Z")


def test_a_damaged_index_is_dropped_and_made_anew(walked: Walked) -> None:
    """Values of another shape than ours are no reason to fail, nor to believe them."""
    scene, record = walked("reported")
    same(scene)
    index = index_of(scene.root / ".git")
    [row] = index.rows()
    index.put_many({row.key: {"day": "", "summary": {"id": 1}, "aside": {"page": {"id": record}}}})
    view = look(index, scene.desk("o.haddad").repository.references())
    assert view is not None
    with pytest.raises(DamagedIndexError):
        view.page(record)
    assert list_at_once(str(scene.root), Wanted(), today=TODAY) is None
    assert index_of(scene.root / ".git").rows() == []
    same(scene)


def test_references_that_never_stand_still_are_said_to_move(walked: Walked, monkeypatch: pytest.MonkeyPatch) -> None:
    """A list is only given where it is that of one moment."""
    scene, _ = walked("reported")
    monkeypatch.setattr("nearmiss.engine.indexing.making.look", lambda *_: None)
    with pytest.raises(MovingError):
        up_to_date(scene.desk("o.haddad"))


def test_a_check_is_remembered_until_anything_that_it_read_changes(walked: Walked) -> None:
    """The same files, the same words; any changed or new file, another day, a proposal's branch: judged anew."""
    scene, record = walked("investigated")
    place = str(scene.root)
    assert check_at_once(place, today=TODAY) is None
    said = check(scene.desk("o.haddad"))
    day = scene.clock.now().date().isoformat()
    again = check_at_once(place, today=day)
    assert again is not None
    assert (again.findings, again.records, again.sign_offs, again.commit) == (
        said.findings,
        said.records,
        said.sign_offs,
        said.commit,
    )
    assert check_at_once(place, today="2031-01-01") is None
    file = scene.root / scene.path(record)
    kept = file.read_bytes()
    file.write_bytes(YamlDocuments().revise(kept, edits_of({"title": "Another title"})))
    assert check_at_once(place, today=day) is None
    scene.git("add", ".")
    assert check_at_once(place, today=day) is None
    file.write_bytes(kept)
    scene.git("add", ".")
    assert check_at_once(place, today=day) == again
    (scene.root / "records" / "odd.txt").write_text("odd\n", encoding="utf-8")
    assert check_at_once(place, today=day) is None
    (scene.root / "records" / "odd.txt").unlink()
    (scene.root / "README.txt").write_text("elsewhere\n", encoding="utf-8")
    assert check_at_once(place, today=day) == again
    scene.git("checkout", "-q", scene.advance("s.ito", record).branch)
    assert check_at_once(place, today=day) is None


@pytest.mark.parametrize("hands", [0, 1])
def test_what_is_saved_while_it_is_checked_is_not_remembered(
    walked: Walked, monkeypatch: pytest.MonkeyPatch, hands: int
) -> None:
    """What was read is judged; under the name of what git had listed before, nothing of it is kept."""
    scene, record = walked("investigated")
    file = scene.root / scene.path(record)
    kept = file.read_bytes()
    monkeypatch.setattr(remembering, "WORTH_SHARING", 1)

    def reads(*given: Any) -> Any:
        file.write_bytes(kept.replace(b"half inside", b"half outside"))
        return read_register(*given)

    monkeypatch.setattr(register, "read_register", reads)
    desk = replace(scene.desk("o.haddad"), crew=Crew(hands=hands) if hands else None)
    assert "sealed-section-changed" in {finding.code for finding in check(desk).findings}
    monkeypatch.undo()
    file.write_bytes(kept)
    assert check_at_once(str(scene.root), today=scene.clock.now().date().isoformat()) is None
    assert check(scene.desk("o.haddad")).findings == ()


def test_the_branch_of_a_proposal_that_is_switched_to_meanwhile_is_not_taken_for_the_main_one(
    walked: Walked, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What only waits on a proposal's branch is an error on the main one: its outcome is not kept as that one's."""
    scene, record = walked("investigated")
    branch = scene.advance("s.ito", record).branch
    scene.git("checkout", "-q", branch)
    said = check(scene.desk("o.haddad"))
    assert said.verdict == "waiting"
    scene.git("symbolic-ref", "HEAD", "refs/heads/main")
    assert check_at_once(str(scene.root), today=scene.clock.now().date().isoformat()) is None
    assert check(scene.desk("o.haddad")).verdict == "refuse"


def test_findings_are_remembered_with_their_places(walked: Walked) -> None:
    """What a check found is said again word for word, with line and field."""
    scene, record = walked("investigated")
    raw = scene.blob(scene.path(record)).replace(b"half inside", b"half outside")
    scene.commit_files({scene.path(record): raw}, branch="main")
    said = check(scene.desk("o.haddad"))
    again = check_at_once(str(scene.root), today=scene.clock.now().date().isoformat())
    assert said.findings
    assert again is not None
    assert (again.findings, again.verdict) == (said.findings, "refuse")


def test_a_passing_index_is_as_good_as_a_kept_one(walked: Walked) -> None:
    """Where nothing can be kept, the same is said, and it can be begun anew."""
    scene, record = walked("reported")
    desk = replace(scene.desk("o.haddad"), memory=None)
    view = up_to_date(desk)
    listed = list_from(view, Wanted(most=1), today=TODAY)
    assert [summary.id for summary in listed.summaries] == [record]
    assert isinstance(view.kept, PassingIndex)
    view.kept.forget()
    assert (view.kept.count(), view.kept.row(record), view.kept.notes()) == ((0, ()), None, {})
