"""The first push to a server: a register from its founding on, with nothing before it that would need a proof."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nearmiss.engine.gate.lines import judge_commits
from nearmiss.engine.instance import INSTANCE_FILE, read_register
from nearmiss.models.ids import RECORDS
from nearmiss.policy.findings import Finding
from nearmiss.policy.policy_step import judge_policy_files

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nearmiss.engine.desk import Desk


def judge_founding(desk: Desk, tip: str, branch: str) -> Iterator[Finding]:
    """Judge a register that is new to a server: its founding commit, then every step that came after it."""
    line = list(desk.repository.commits([tip], first_parent=True))
    line.reverse()
    place = next((place for place, commit in enumerate(line) if _is_founded(desk, commit.oid)), None)
    if place is None:
        yield _odd(f"the branch {branch} holds no register", "make one with nearmiss init, and push it")
        return
    genesis = line[place].oid
    tree = desk.repository.tree(genesis)
    version = read_register(tree, desk.documents).newest
    findings = judge_policy_files(version, None)
    if findings:
        yield from findings
    elif version.number != 1 or tree.entries(RECORDS):
        said = "the register was not founded in one commit, with policy 1 and no records"
        yield _odd(said, "push one that nearmiss init made")
    elif version.settings.main_branch != branch:
        named = version.settings.main_branch
        hint = f"on the server: git symbolic-ref HEAD refs/heads/{named}"
        yield _odd(f"the register's main branch is {named}, and the server's HEAD is on {branch}", hint)
    else:
        yield from judge_commits(desk, genesis, line[place + 1 :], direct=False)


def _is_founded(desk: Desk, commit: str) -> bool:
    return desk.repository.tree(commit).read(INSTANCE_FILE) is not None


def _odd(message: str, hint: str) -> Finding:
    return Finding(code="founding-odd", message=message, hint=hint)
