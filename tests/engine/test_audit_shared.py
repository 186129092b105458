"""An audit that other processes help with says what one process says, whatever becomes of them."""

from __future__ import annotations

import gc
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nearmiss.app.crew import Crew
from nearmiss.app.opening import open_desk
from nearmiss.cli.audit.data import audited_as_data
from nearmiss.engine.audit import auditing, sharing, taking
from nearmiss.engine.audit.auditing import audit
from nearmiss.engine.audit.errors import NotOnMainError
from nearmiss.engine.audit.layers import remembered_in
from nearmiss.engine.audit.walking import Walk
from nearmiss.engine.desk import Desk
from nearmiss.store.documents import YamlDocuments
from tests.benchmarks.histories import build_history
from tests.engine.test_audit_later import Box

RECORDS = 14


@pytest.fixture(scope="module")
def history(repo_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A history of many records, of which main then breaks some in different ways."""
    made = build_history(repo_root, tmp_path_factory.mktemp("history") / "h.git", records=RECORDS, commits=60, seed=6)
    desk = replace(open_desk(made.root), crew=None)
    entries = [one for one in desk.repository.tree("main").entries("records/") if "/sign-offs/" not in one.path]
    blobs = dict(desk.repository.blobs(one.oid for one in entries if one.oid))
    first, second, third, *_ = ((one.path, blobs[one.oid or ""]) for one in entries)
    changed: tuple[Mapping[str, bytes | None], ...] = (
        {first[0]: None},
        {second[0]: second[1].replace(b"title: ", b"title: Another ")},
        {third[0]: b"a: [\n"},
    )
    for files in changed:
        _commit(desk, files)
    yield desk
    desk.repository.close()  # type: ignore[attr-defined]  # the adapter holds processes


def _commit(desk: Desk, files: Mapping[str, bytes | None]) -> None:
    parts = [
        b"commit refs/heads/main\ncommitter M <m@example.org> 1790000000 +0000\ndata 1\nx\nfrom refs/heads/main^0\n"
    ]
    for path, content in files.items():
        if content is None:
            parts.append(f"D {path}\n".encode())
        else:
            parts.append(b"M 100644 inline %s\ndata %d\n%s\n" % (path.encode(), len(content), content))
    asked = ["git", "fast-import", "--quiet", "--date-format=raw"]
    root: Path = desk.repository.git_dir  # type: ignore[attr-defined]  # the adapter's own
    subprocess.run(asked, cwd=root, input=b"".join(parts), check=True)


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a few records be many."""
    monkeypatch.setattr(sharing, "WORTH_SHARING", 1)
    monkeypatch.setattr(sharing, "IN_A_PART", 4)


def judged(desk: Desk, crew: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what an audit says, and what it leaves of each record."""
    box = Box()
    found = audit(replace(desk, crew=crew, vault=box))
    kept = remembered_in(box.contents)
    parts = {name: (bytes(kept.part(name)), kept.lower.told.get(name)) for name in kept.names}
    return audited_as_data(found), {**parts, "all": (kept.at.tally, kept.at.again)}


def test_several_processes_say_what_one_says(history: Desk) -> None:
    """With one helper or three, verdict, findings, ledgers, steps, and what is kept are as without any."""
    wanted = judged(history, None)
    assert wanted[0]["verdict"] == "refuse"
    for hands in (1, 3):
        told: list[tuple[int, int]] = []
        assert judged(history, Crew(hands=hands)) == wanted
        audit(replace(history, crew=Crew(hands=hands), vault=None), progress=lambda *done, told=told: told.append(done))
        assert told[-1] == (RECORDS, RECORDS)
    limited = [audited_as_data(audit(replace(history, crew=crew), since="main~9")) for crew in (None, Crew(hands=2))]
    assert limited[0] == limited[1] != wanted[0]


class Deaf:
    """A crew that leaves all to who hands out, or says something that is no answer."""

    def __init__(self, answer: list[Any] | None) -> None:
        self._answer = answer

    def share(self, _order: Any, parts: Any, alone: Callable[[Any], list[Any]], **_: int) -> Iterator[list[Any]]:
        """Yield the same answer to each part."""
        return (alone(part) if self._answer is None else self._answer for part in parts)


class Eager(Deaf):
    """A crew that notes when it is given work."""

    def __init__(self, told: list[str]) -> None:
        super().__init__(None)
        self._told = told

    def share(self, _order: Any, parts: Any, alone: Callable[[Any], list[Any]], **_: int) -> Iterator[list[Any]]:
        """Note it."""
        self._told.append("records")
        return super().share(_order, parts, alone)


def test_others_begin_before_the_commits_themselves_are_judged(history: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Helpers have records in hand while what is of no record is judged here, instead of waiting for that."""
    told: list[str] = []
    judge = Walk.judge_commits

    def noted(walk: Walk, *asked: Any) -> Iterator[Any]:
        told.append("commits")
        return judge(walk, *asked)

    monkeypatch.setattr(Walk, "judge_commits", noted)
    assert judged(history, Eager(told)) == judged(history, None)
    assert told[:2] == ["records", "commits"]


@pytest.mark.parametrize("answer", [None, [], [None]], ids=["gone", "nothing", "too-short"])
def test_what_nobody_answers_is_judged_here(history: Desk, answer: list[Any] | None) -> None:
    """Where every helper ends, or answers less than was asked, the outcome is the same as without them."""
    assert judged(history, Deaf(answer)) == judged(history, None)


def test_what_is_too_much_to_hand_over_is_judged_here(history: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Records whose files together are too large are not handed over; the outcome is the same."""
    wanted = judged(history, None)
    monkeypatch.setattr(sharing, "LARGEST", 20_000)
    assert judged(history, Crew(hands=2)) == wanted


class Called(Deaf):
    """A crew that notes what it got ready for."""

    def __init__(self) -> None:
        super().__init__(None)
        self.works: list[str] = []

    def get_ready(self, work: str) -> None:
        """Note it."""
        self.works.append(work)


@pytest.mark.parametrize("many, works", [(10, ["audit"]), (100_000, [])])
def test_help_is_called_early_for_a_long_history(
    history: Desk, monkeypatch: pytest.MonkeyPatch, many: int, works: list[str]
) -> None:
    """Whoever helps gets ready while it is still found out what touched each record, where that is worth it."""
    monkeypatch.setattr(auditing, "MANY", many)
    crew = Called()
    assert judged(history, crew) == judged(history, None)
    assert crew.works == works


def test_the_history_that_git_began_with_is_that_of_main(history: Desk, tmp_path: Path) -> None:
    """Where HEAD is on another branch than main, or on none, what git began to tell of it is let go."""
    wanted = judged(history, None)
    elsewhere = tmp_path / "elsewhere.git"
    subprocess.run(["git", "clone", "-q", "--bare", history.repository.git_dir, elsewhere], check=True)  # type: ignore[attr-defined]  # the adapter's own
    for words in (["branch", "other", "main~5"], ["symbolic-ref", "HEAD", "refs/heads/other"]):
        subprocess.run(["git", "-C", elsewhere, *words], check=True)
    assert judged(replace(open_desk(elsewhere), vault=None), None) == wanted
    subprocess.run(["git", "-C", elsewhere, "update-ref", "--no-deref", "HEAD", "main~7"], check=True)
    assert judged(replace(open_desk(elsewhere), vault=None), None) == wanted


def test_what_is_read_ahead_changes_nothing(history: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Read and put together only when somebody asks, each version of each record is judged the same."""
    wanted = judged(history, None), judged(history, Here())
    monkeypatch.setattr(taking, "look_ahead", lambda *_: None)
    assert (judged(history, None), judged(history, Here())) == wanted


class Here:
    """A crew that is this process; `spoil` meddles with each part."""

    def __init__(self, spoil: Any = lambda part: part) -> None:
        self._spoil = spoil

    def share(self, order: Any, parts: Any, _alone: Callable[[Any], list[Any]], **_: int) -> Iterator[list[Any]]:
        """Yield what a helper says to each part."""
        answer = sharing.helper(YamlDocuments().versions(), order)
        return (answer(self._spoil(part)) for part in parts)


def test_a_record_whose_files_did_not_come_along_is_judged_here(history: Desk) -> None:
    """Without its files, or with a path that cannot be kept, a helper says nothing of a record."""
    wanted = judged(history, None)
    assert judged(history, Here()) == wanted
    assert judged(history, Here(lambda part: [part[0], {}, {}])) == wanted
    assert judged(history, Here(lambda part: [part[0], part[1], {}])) == wanted

    def unspeakable(part: list[Any]) -> list[Any]:
        return [[[f"{name}\udcff", touches] for name, touches in part[0]], *part[1:]]

    assert judged(history, Here(unspeakable)) == wanted


def test_what_goes_in_circles_is_looked_for_again_afterwards(history: Desk) -> None:
    """While a history is read nothing is collected; afterwards it is as before, also where there is no history."""
    for before in (gc.enable, gc.disable):
        before()
        try:
            was = gc.isenabled()
            audit(replace(history, vault=None))
            assert gc.isenabled() is was
            with pytest.raises(NotOnMainError):
                audit(replace(history, vault=None), genesis="request")
            assert gc.isenabled() is was
        finally:
            gc.enable()
