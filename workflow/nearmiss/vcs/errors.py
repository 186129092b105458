"""What can go wrong with git beyond what the port promises, each with its own sentence and a way on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from nearmiss.errors import NearMissError


class NotARepositoryError(NearMissError):
    """The folder is in no git repository."""

    def __init__(self, directory: Path) -> None:
        super().__init__(
            f"{directory} is not in a git repository.",
            hint="Go to your register, name it with -C, or make a new one: nearmiss init",
        )
        self.directory = directory


class InsideGitFolderError(NearMissError):
    """The folder is inside `.git`, where there is no working tree to follow a commit."""

    def __init__(self, directory: Path) -> None:
        super().__init__(f"{directory} is inside git's own folder.", hint="Go to the working tree, or name it with -C.")
        self.directory = directory


class AlreadyARepositoryError(NearMissError):
    """A repository is to be made where one is already."""

    def __init__(self, directory: Path) -> None:
        super().__init__(f"{directory} already is a git repository.", hint="Choose an empty folder.")
        self.directory = directory


class KeygenMissingError(NearMissError):
    """OpenSSH is not there."""

    def __init__(self, program: str) -> None:
        super().__init__(
            f"{program} was not found, and signing needs it.",
            hint="Install OpenSSH's client (on Debian and Ubuntu: apt-get install openssh-client).",
        )


class KeygenFailedError(NearMissError):
    """ssh-keygen did not sign."""

    def __init__(self, path: Path, words: str) -> None:
        super().__init__(
            f"Signing with {path} failed: {words or 'ssh-keygen gives no reason'}.",
            hint="Nothing was written. Try the key by itself: ssh-keygen -y -f FILE",
        )


class KeyUnreadableError(NearMissError):
    """A file that was named as a key is none, or cannot be read."""

    def __init__(self, path: str) -> None:
        super().__init__(
            f"{path} is no SSH key that can be read.",
            hint="Name the file of the private key, or its .pub file. To make a key: ssh-keygen -t ed25519",
        )


class GitMissingError(NearMissError):
    """There is no git to start."""

    def __init__(self) -> None:
        super().__init__("The program git was not found.", hint="Install git, and see that it is on your PATH.")


class GitTooOldError(NearMissError):
    """This git does not know the variables by which reading is hardened."""

    def __init__(self, *, found: str, needed: str) -> None:
        super().__init__(
            f"This is git {found}; at least {needed} is needed, because earlier ones cannot be told to leave "
            "the configuration of a machine aside.",
            hint="Install a newer git.",
        )
        self.found = found
        self.needed = needed


class UnsafeOwnershipError(NearMissError):
    """Git will not work in a repository that belongs to somebody else."""

    def __init__(self, directory: Path) -> None:
        super().__init__(
            f"Git does not trust {directory}: it belongs to another user.",
            hint=f"If you trust it: git config --global --add safe.directory {directory}",
        )
        self.directory = directory


class ReadOnlyRepositoryError(NearMissError):
    """Git's folder, or the working tree, cannot be written."""

    def __init__(self, place: str) -> None:
        super().__init__(
            f"The repository cannot be written: {place}.",
            hint="Nothing was changed. Look at the permissions, and whether the disk is mounted read-only.",
        )
        self.place = place


class NoWorkingTreeError(NearMissError):
    """A bare repository has no files to look at."""

    def __init__(self, git_dir: Path) -> None:
        super().__init__(f"{git_dir} is a bare repository: it has no working tree.", hint="Use a clone with files.")
        self.git_dir = git_dir


class UnreadableFileError(NearMissError):
    """A file is there and cannot be read."""

    def __init__(self, path: str, *, reason: str) -> None:
        super().__init__(f"{path!a} cannot be read: {reason}.", hint="Look at its permissions and at the disk.")
        self.path = path
        self.reason = reason


class DiskFullError(NearMissError):
    """There is no room to write."""

    def __init__(self, place: str = "") -> None:
        where = f": {place} could not be written" if place else ""
        super().__init__(f"The disk is full{where}.", hint="Nothing was changed. Make room, and run the command again.")
        self.place = place


class DiskFailedError(NearMissError):
    """The disk does not do what it is asked to, for a reason that is not lack of room or of permission."""

    def __init__(self, place: str, *, reason: str) -> None:
        super().__init__(
            f"The disk failed: {place}: {reason}.",
            hint="Nothing was changed. See whether the disk is in order, and run the command again.",
        )
        self.place = place


class CheckoutBehindError(NearMissError):
    """The commit is made and the branch has moved, but the working tree could not follow yet."""

    def __init__(self, *, commit: str, reason: str) -> None:
        super().__init__(
            f"The commit {commit} is made, but the working tree could not be brought up to it: {reason}.",
            hint="Mend the cause; the next nearmiss command brings the working tree up by itself.",
        )
        self.commit = commit
        self.reason = reason


class KeptYoursError(NearMissError):
    """The commit is made; a file that the person saved in the very moment was left as they saved it."""

    def __init__(self, paths: Sequence[str], *, commit: str) -> None:
        named = ", ".join(map(ascii, paths))
        super().__init__(
            f"The commit {commit} is made, but {named} was saved by somebody in the same moment, and left like that.",
            hint=f"See what differs: git diff -- {named}. To take what was committed: git restore {named}",
        )
        self.paths = tuple(paths)
        self.commit = commit


class MissingObjectError(NearMissError):
    """An object that must be there is not, or is of another kind."""

    def __init__(self, oid: str, *, kind: str) -> None:
        super().__init__(
            f"The repository has no {kind} {oid}.",
            hint="A shallow or partial clone lacks objects: git fetch --unshallow --refetch. Else see: git fsck",
        )
        self.oid = oid
        self.kind = kind


class BrokenObjectError(NearMissError):
    """An object is there and cannot be read whole."""

    def __init__(self, oid: str) -> None:
        super().__init__(f"The object {oid} of the repository is damaged.", hint="See what is wrong with: git fsck")
        self.oid = oid


class GitFailedError(NearMissError):
    """A git command failed in a way that has no sentence of its own; `words` is what it said."""

    def __init__(self, *, command: str, words: str) -> None:
        super().__init__(f"git {command} failed: {words or 'it gave no reason'}", hint="See what is wrong: git fsck")
        self.command = command
        self.words = words


class BranchNameError(NearMissError):
    """A branch cannot have this name."""

    def __init__(self, branch: str) -> None:
        super().__init__(f"{branch!r} cannot be the name of a branch.", hint="See: git help check-ref-format")
        self.branch = branch


class BranchInUseError(NearMissError):
    """A branch is checked out where it must not change under somebody's feet."""

    def __init__(self, branch: str, *, place: str) -> None:
        super().__init__(
            f"The branch {branch} is checked out in {place}.",
            hint=f"Run the command there, or let that working tree go to another branch: git -C {place} switch …",
        )
        self.branch = branch
        self.place = place


class BadPathError(NearMissError):
    """A file cannot be committed under this path."""

    def __init__(self, path: str, *, because: str) -> None:
        super().__init__(
            f"{path!a} cannot be written: {because}.",
            hint="Use relative paths of plain ASCII letters, digits and signs, outside .git.",
        )
        self.path = path


class UnsupportedModeError(NearMissError):
    """Only regular files are committed and merged; this is a link, a submodule or something unknown."""

    def __init__(self, path: str, *, mode: str) -> None:
        super().__init__(
            f"{path!a} is not a regular file (mode {mode}).", hint="Take it out of the request, or merge it with git."
        )
        self.path = path
        self.mode = mode


class BadIdentityError(NearMissError):
    """A name or e-mail address cannot stand in a commit."""

    def __init__(self, *, name: str, email: str) -> None:
        super().__init__(
            f"{name!a} <{email!a}> cannot be written into a commit: a name and an address are needed, "
            "without line breaks, control characters, < or >.",
            hint="Set them: git config user.name … and git config user.email …",
        )


class BadMessageError(NearMissError):
    """A commit message cannot be stored as it is."""

    def __init__(self) -> None:
        super().__init__("The commit message holds a NUL or something that is not text.", hint="Take it out.")


class UnknownRemoteError(NearMissError):
    """There is no remote of this name."""

    def __init__(self, remote: str, *, known: Sequence[str]) -> None:
        there = f"There are: {', '.join(known)}." if known else "There is none yet."
        super().__init__(
            f"This repository has no remote called {remote!r}. {there}",
            hint="Add it: git remote add NAME ADDRESS",
        )
        self.remote = remote


class FetchFailedError(NearMissError):
    """A remote could not be fetched; `words` is what it said."""

    def __init__(self, *, remote: str, words: str) -> None:
        super().__init__(
            f"The remote {remote} could not be fetched: {words}", hint=f"Try it by hand: git fetch {remote}"
        )
        self.remote = remote
        self.words = words


class NotBareError(NearMissError):
    """A hook for pushes was started in a repository with a working tree."""

    def __init__(self, directory: Path) -> None:
        super().__init__(
            f"{directory} is not a bare repository, and only such a one is a server's.",
            hint="Make one: git clone --bare REGISTER REGISTER.git",
        )


class QuarantineError(NearMissError):
    """The objects of a push are not where git keeps them for a hook."""

    def __init__(self, place: str) -> None:
        super().__init__(
            f"The objects of this push are said to be in {place}, which is no place of this repository.",
            hint="Nothing is taken. Let git itself start the hook; GIT_OBJECT_DIRECTORY must not be set on the server.",
        )
