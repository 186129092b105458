"""References: where HEAD and the branches are, and moving one against the value it is expected to have."""

from __future__ import annotations

import re
from collections.abc import Mapping

from nearmiss.engine.ports import Position, Stamp
from nearmiss.engine.refusals import LostRaceError, UnknownRevisionError
from nearmiss.errors import NearMissError
from nearmiss.vcs.children import Done, Git
from nearmiss.vcs.errors import BranchInUseError, BranchNameError, GitFailedError
from nearmiss.vcs.objects import is_full_id
from nearmiss.vcs.stamps import environment_of

BRANCHES = "refs/heads/"
REMOTE_BRANCHES = "refs/remotes/"
_VALUE = ("show-ref", "--verify", "--hash")
_FORBIDDEN = re.compile(
    r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|^[-/.]|[/.]$|/\.|\.lock(?:/|$)|^@$|^HEAD$|[\ud800-\udfff]"
)


class References:
    """The references of one repository."""

    def __init__(self, git: Git) -> None:
        self._git = git

    def position(self) -> Position:
        """Say where HEAD is."""
        said = self._git.run("rev-parse", "HEAD", "--symbolic-full-name", "HEAD", accept=(0, 128))
        commit, _, name = said.out.decode("utf-8", "surrogateescape").strip().partition("\n")
        is_branch = name.startswith(BRANCHES) and name != f"{BRANCHES}HEAD"
        if said.status or not is_full_id(commit) or not (is_branch or name == "HEAD"):
            return self._unusual_position()
        return Position(branch=name.removeprefix(BRANCHES) if is_branch else None, commit=commit)

    def _unusual_position(self) -> Position:
        """Say where HEAD is where it may name nothing yet: git takes a tag or a remote of that name in its stead."""
        with self._git.begin("symbolic-ref", "--quiet", "HEAD") as naming, self._git.begin(*_VALUE, "HEAD") as pointing:
            name = naming.finish(accept=(0, 1)).out.decode("utf-8", "surrogateescape")
            commit = _value_of(pointing.finish(accept=(0, 128)))
        return Position(branch=name.strip().removeprefix(BRANCHES) or None, commit=commit)

    def resolve(self, revision: str) -> str:
        """Return the commit id that a revision names; raises UnknownRevisionError."""
        if not revision or revision[0] in "-:" or re.search(r"[\x00\n\ud800-\udfff]", revision):
            raise UnknownRevisionError(revision)
        found = self._lookup(f"{revision}^{{commit}}")
        if found is None:
            raise UnknownRevisionError(revision)
        return found

    def branch(self, name: str) -> str | None:
        """Return the commit of a local branch, or None where there is no such branch."""
        return self._value(BRANCHES + name)

    def listing(self, space: str) -> Mapping[str, str]:
        """Return the references below `refs/heads/` or `refs/remotes/`, without those that point to others."""
        return {name.removeprefix(space): oid for name, oid in self.listings(space).items()}

    def listings(self, *spaces: str) -> Mapping[str, str]:
        """Return the references below some such spaces by their full names, without those that point to others."""
        said = self._git.run("for-each-ref", "--format=%(objectname) %(symref) %(refname)", *spaces).out
        lines = [line.split(" ") for line in said.decode("utf-8", "surrogateescape").split("\n")[:-1]]
        return {name: oid for oid, points_to, name in lines if not points_to}

    def move(
        self, branch: str, *, old: str | None, new: str, by: Stamp, closing: Mapping[str, str] | None = None
    ) -> None:
        """Move a branch, or make it where `old` is None, in one step; raises LostRaceError.

        Branches that are `closing` must be where they are said to be, and are removed unless they are checked out.
        """
        verbs = [f"update {BRANCHES}{branch}\0{new}\0{old}\0" if old else f"create {BRANCHES}{branch}\0{new}\0"]
        ends = dict(closing or {})
        verbs += [f"{self._ending(name)} {BRANCHES}{name}\0{commit}\0" for name, commit in ends.items()]
        try:
            self._transact("".join(verbs), {branch: old, **ends}, more=environment_of(by))
        except NearMissError:
            # Git moves first and does the rest, such as its logs, afterwards: where that fails, the move stands.
            if self.branch(branch) != new:
                raise

    def _ending(self, branch: str) -> str:
        try:
            self.require_free(branch)
        except BranchInUseError:
            return "verify"
        return "verify" if self.position().branch == branch else "delete"

    def delete(self, branch: str, *, expected: str) -> None:
        """Delete a branch that points where expected and is checked out nowhere."""
        require_branch_name(branch)
        self.require_free(branch)
        if self.position().branch == branch:
            raise BranchInUseError(branch, place=str(self._git.place.root or self._git.place.git_dir))
        self._transact(f"delete {BRANCHES}{branch}\0{expected}\0", {branch: expected}, more={})

    def require_free(self, branch: str) -> None:
        """Raise BranchInUseError where another working tree of this repository has the branch checked out."""
        if not (self._git.place.common_dir / "worktrees").is_dir():
            return
        said = self._git.run("for-each-ref", "--format=%(refname) %(worktreepath)", BRANCHES + branch).out
        for line in said.decode("utf-8", "surrogateescape").split("\n"):
            name, _, place = line.partition(" ")
            if name == BRANCHES + branch and place and place != str(self._git.place.root):
                raise BranchInUseError(branch, place=place)

    def _transact(self, verbs: str, expected: Mapping[str, str | None], *, more: Mapping[str, str]) -> None:
        try:
            self._git.run("update-ref", "-m", "nearmiss", "--stdin", "-z", stdin=verbs.encode(), more=more)
        except NearMissError:
            for branch, commit in expected.items():
                found = self.branch(branch)
                if found != commit:
                    raise LostRaceError(branch, expected=commit, found=found) from None
            raise

    def _value(self, name: str) -> str | None:
        """Return what a reference of exactly this name holds; rev-parse would go on to look for a tag called so."""
        return _value_of(self._git.run(*_VALUE, name, accept=(0, 128)))

    def _lookup(self, name: str) -> str | None:
        said = self._git.run("rev-parse", "--verify", "--quiet", "--end-of-options", name, accept=(0, 1, 128)).out
        # The option itself is echoed by some versions of git.
        oid = said.decode("ascii", "replace").split()[-1:]
        return oid[0] if oid and is_full_id(oid[0]) else None


def _value_of(said: Done) -> str | None:
    if said.status and "not a valid ref" not in said.words:
        raise GitFailedError(command="show-ref", words=said.words)
    return said.out.decode("ascii").strip() or None


def require_branch_name(branch: str) -> None:
    """Raise BranchNameError where git would not take the name of a branch."""
    if not branch or _FORBIDDEN.search(branch):
        raise BranchNameError(branch)
