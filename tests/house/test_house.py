"""The project is its own first user: its register is what its stories leave behind, and it is sound."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nearmiss.app.opening import open_desk
from nearmiss.engine.checking.register import check
from nearmiss.engine.instance import POLICY
from tests.house.house import HOUSE, house_files

if TYPE_CHECKING:
    from pathlib import Path


def test_our_register_is_what_the_stories_leave_behind(repo_root: Path) -> None:
    """Playing the shipped stories with our own cast gives our records, sign-offs and policy version byte for byte."""
    made = house_files(repo_root)

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


def test_our_people_are_not_those_of_the_demo(repo_root: Path) -> None:
    """Nobody of our own list of people is in the cast that is shipped with the demo."""
    ours = (repo_root / POLICY / "people.yaml").read_text(encoding="utf-8")
    shipped = (repo_root / "templates" / "demo" / "cast.yaml").read_text(encoding="utf-8")

    handles = [line.split()[-1] for line in shipped.splitlines() if line.strip().startswith("handle:")]
    assert handles
    assert [handle for handle in handles if handle in ours] == []
