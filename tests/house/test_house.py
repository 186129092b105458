"""The project is its own first user: its register is what its stories leave behind, and it is sound."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from nearmiss.app.opening import open_desk
from nearmiss.engine.audit.auditing import audit
from nearmiss.engine.checking.register import check
from nearmiss.engine.instance import POLICY
from nearmiss.store.documents import YamlDocuments
from nearmiss.verifier.__main__ import verify_repository
from tests.house.house import HOUSE, files_of, play_house

if TYPE_CHECKING:
    from pathlib import Path

    from nearmiss.engine.desk import Desk


@pytest.fixture(scope="module")
def played(repo_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """The stories played once, with our own cast."""
    return play_house(repo_root, tmp_path_factory.mktemp("played") / "house")


def test_our_register_is_what_the_stories_leave_behind(played: Desk, repo_root: Path) -> None:
    """Playing the shipped stories with our own cast gives our records, sign-offs and policy versions byte for byte."""
    made = files_of(played)

    kept = {
        path.relative_to(repo_root).as_posix(): path.read_bytes()
        for name in HOUSE
        for path in ([repo_root / name] if not name.endswith("/") else sorted((repo_root / name).rglob("*")))
        if path.is_file()
    }
    assert sorted(made) == sorted(kept)
    assert [path for path in made if made[path] != kept[path]] == []


def test_our_register_passes_its_own_check(repo_root: Path) -> None:
    """`nearmiss check` finds nothing wrong in our own records, and counts every record and sign-off."""
    checked = check(open_desk(repo_root))

    sign_offs = list((repo_root / "records").rglob("sign-offs/*.yaml"))
    assert [finding for finding in checked.findings if finding.severity == "error"] == []
    assert (checked.records, checked.sign_offs) == (8, len(sign_offs))


def test_the_history_of_our_register_passes_its_own_audit(played: Desk, repo_root: Path) -> None:
    """The audit finds every step of our records by the rules, tells each sign-off, and the verifier agrees."""
    found = audit(played)

    given = (path for place in ("records", POLICY) for path in (repo_root / place).rglob("sign-offs/*.yaml"))
    approvals = [path for path in given if "objection" not in path.name]
    assert (found.verdict, found.open_findings) == ("pass", ())
    assert {life.subject: life.state for life in found.records} == {
        path.stem: str(YamlDocuments().read(path.read_bytes()).data["state"])  # type: ignore[index]  # ours can be read
        for path in (repo_root / "records").glob("*/*/*.yaml")
    }
    assert sorted(one.file for one in found.signatures) == sorted(
        path.relative_to(repo_root).as_posix() for path in approvals
    )
    assert [entry["record"] for entry in found.ledger("declines")] == ["NM-2026-4H8ZP"]
    theirs = verify_repository(played.repository.git_dir, "main")  # type: ignore[attr-defined]  # the adapter knows it
    assert theirs.faults == []
    assert sorted((one["subject"], one["seq"], one["commit"]) for one in theirs.steps) == sorted(
        (step.subject, step.seq, step.commit) for step in found.steps
    )


def test_our_people_are_not_those_of_the_demo(repo_root: Path) -> None:
    """Nobody of our own list of people is in the cast that is shipped with the demo."""
    ours = (repo_root / POLICY / "people.yaml").read_text(encoding="utf-8")
    shipped = (repo_root / "templates" / "demo" / "cast.yaml").read_text(encoding="utf-8")

    handles = [line.split()[-1] for line in shipped.splitlines() if line.strip().startswith("handle:")]
    assert handles
    assert [handle for handle in handles if handle in ours] == []
