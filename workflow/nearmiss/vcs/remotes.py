"""Remotes: which there are, fetching from them and pushing to them in the person's name."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence

from nearmiss.engine.ports import Pushed
from nearmiss.engine.refusals import PushRefusedError
from nearmiss.vcs.children import Git, Place, clean_words, lock_in
from nearmiss.vcs.environment import REDIRECTING
from nearmiss.vcs.errors import FetchFailedError, UnknownRemoteError
from nearmiss.vcs.locks import locked_by_git
from nearmiss.vcs.references import BRANCHES, require_branch_name

_REQUEST = re.compile(r"\b(?:pull|merge) request\b", re.IGNORECASE)
_REMOTE_LINE = re.compile(r"^remote:[ \t]*(?P<words>[^\r\n]*)$", re.MULTILINE)
_ADDRESS = re.compile(r"https?://[^\s\x00-\x20\x7f-\x9f\"'<>]+")


class Remotes:
    """The remotes of one repository."""

    def __init__(self, git_: Git, *, notice: Callable[[str], None]) -> None:
        self._git = git_
        self._notice = notice

    def names(self) -> Sequence[str]:
        """Return the names of the remotes."""
        return self._git.run_personal("remote").out.decode("utf-8", "surrogateescape").split("\n")[:-1]

    def address(self, remote: str) -> str:
        """Return the address of a remote as the person's own configuration has it; raises UnknownRemoteError.

        It may hold a password: it is for finding the forge, and not for showing.
        """
        self._require(remote)
        said = self._git.run_personal("remote", "get-url", "--", remote).out
        return said.decode("utf-8", "surrogateescape").removesuffix("\n")

    def push(self, branch: str, *, remote: str, options: Sequence[str] = (), destination: str = "") -> Pushed:
        """Push a branch; raises UnknownRemoteError and PushRefusedError."""
        require_branch_name(branch)
        self._require(remote)
        reference = f"{BRANCHES}{branch}:{destination or BRANCHES + branch}"
        words = [f"--push-option={option}" for option in options]
        status, said = self._speak("push", "--porcelain", *words, "--", remote, reference)
        if status:
            raise PushRefusedError(remote=remote, branch=branch, words=clean_words(said))
        self._tell_unnoted(remote, branch, said)
        return Pushed(remote=remote, branch=branch, address=request_address(said))

    def _tell_unnoted(self, remote: str, branch: str, said: str) -> None:
        """Tell of a lock for which git could not note what the remote has now: it takes the push for a success."""
        lock = lock_in("\n".join(line for line in said.split("\n") if not line.startswith("remote:")))
        if lock:
            error = locked_by_git((self._git.place.root or self._git.place.git_dir) / lock)
            way_on = error.hint.removeprefix("Nothing was changed. ")
            self._notice(f"{remote} has {branch} now, but git could not note that here. {error.message} {way_on}")

    def fetch(self, remote: str) -> None:
        """Fetch a remote's branches; raises UnknownRemoteError and FetchFailedError."""
        self._require(remote)
        status, said = self._speak("fetch", "--no-recurse-submodules", "--", remote)
        if status:
            raise FetchFailedError(remote=remote, words=clean_words(said))

    def _require(self, remote: str) -> None:
        known = self.names()
        if remote not in known:
            raise UnknownRemoteError(remote, known=known)

    def _speak(self, *arguments: str) -> tuple[int, str]:
        # GitPython takes a tenth of a second to import, and only here is it needed.
        import git

        place = self._git.place
        command = git.cmd.Git(place.root or place.git_dir)
        status, out, said = command.execute(
            ["git", *arguments],
            with_extended_output=True,
            with_exceptions=False,
            env=_redirected_back(place),
        )
        return int(status or 0), f"{_text(said)}\n{_text(out)}"


def request_address(said: str) -> str:
    """Return the address under which a forge offers a request for what was pushed, or nothing.

    GitHub, GitLab, Gitea and Forgejo say it in the same manner: a line that names a pull or merge request, then the
    address, on that line or one that follows. Whatever else a remote prints is not taken for it.
    """
    named = False
    for line in _REMOTE_LINE.finditer(said):
        words = clean_words(line["words"])
        named = named or _REQUEST.search(words) is not None
        address = _ADDRESS.search(words)
        if named and address:
            return address[0]
    return ""


def _redirected_back(place: Place) -> dict[str, str]:
    """Return variables that make git look here: GitPython can set what was inherited, but not leave it out."""
    ours = {
        "GIT_DIR": str(place.git_dir),
        "GIT_COMMON_DIR": str(place.common_dir),
        "GIT_INDEX_FILE": str(place.git_dir / "index"),
        "GIT_OBJECT_DIRECTORY": str(place.common_dir / "objects"),
        "GIT_WORK_TREE": str(place.root or place.git_dir),
    }
    inherited = REDIRECTING & os.environ.keys()
    return {name: ours.get(name, "") for name in inherited} | {"GIT_DIR": ours["GIT_DIR"]}


def _text(said: str | bytes) -> str:
    return said.decode("utf-8", "backslashreplace") if isinstance(said, bytes) else said
