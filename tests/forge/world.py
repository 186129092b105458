"""What a forge knows: accounts, requests, comments and reviews, over a real bare repository."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

PUSHED = """#!/bin/sh
count=${GIT_PUSH_OPTION_COUNT:-0}
number=0
: > options
while [ "$number" -lt "$count" ]; do
  eval "option=\\$GIT_PUSH_OPTION_$number"
  printf '%s\\n' "$option" >> options
  number=$((number + 1))
done
cat > received
if grep -q -e '^merge_request.create$' options || grep -q 'refs/for/' received; then
  printf '\\nView merge request for this branch:\\n  %s\\n\\n' "$(cat next-address)"
fi
"""
"""What the forge's own hook does when a branch arrives: it notes what came, and prints where the request is."""


@dataclass
class User:
    """An account. The name that is shown is anybody's choice, and so is the login."""

    id: int
    login: str
    name: str
    is_bot: bool = False


@dataclass
class Note:
    """A comment."""

    id: int
    user: User | None
    body: str
    created: datetime
    updated: datetime
    system: bool = False
    by_app: bool = False
    imported: bool = False


@dataclass
class Review:
    """A review, in the states that GitHub and Forgejo have for it."""

    id: int
    user: User | None
    state: str
    commit: str
    at: datetime
    dismissed: bool = False


@dataclass
class Pull:
    """A request. `from_fork` ones bring commits that lie on no branch here; `topic` is set for those of `refs/for/`."""

    number: int
    title: str
    branch: str
    target: str
    opener: User
    state: str = "open"
    from_fork: bool = False
    fork_is_gone: bool = False
    topic: str = ""
    notes: list[Note] = field(default_factory=list)
    reviews: list[Review] = field(default_factory=list)

    @property
    def reference(self) -> str:
        """Where its commits are."""
        return f"refs/pull/{self.number}/head" if self.topic or self.from_fork else f"refs/heads/{self.branch}"


@dataclass
class Ticket:
    """An issue."""

    number: int
    title: str
    body: str
    author: User
    state: str = "open"
    assignees: list[User] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)


@dataclass
class World:
    """One repository on a forge. Time is what the test's clock says."""

    bare: Path
    now: Callable[[], datetime]
    path: str = "acme/register"
    users: list[User] = field(default_factory=list)
    pulls: list[Pull] = field(default_factory=list)
    tickets: list[Ticket] = field(default_factory=list)
    numbers: int = 1000

    def found(self) -> None:
        """Make the bare repository, which takes push options as forges do."""
        self.git("init", "-q", "--bare", "-b", "main", str(self.bare), at=self.bare.parent)
        self.git("config", "receive.advertisePushOptions", "true")
        self.git("config", "http.receivepack", "true")
        hook = self.bare / "hooks" / "post-receive"
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(PUSHED, encoding="utf-8")
        hook.chmod(0o755)

    def git(self, *words: str, at: Path | None = None) -> str:
        """Run git in the bare repository."""
        done = subprocess.run(["git", "-C", at or self.bare, *words], capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def tip(self, reference: str) -> str:
        """Return the commit of a reference, or nothing."""
        return self.git("for-each-ref", "--format=%(objectname)", reference)

    def next_id(self) -> int:
        """Return a number that nothing here has yet."""
        self.numbers += 1
        return self.numbers

    def user(self, login: str, *, number: int = 0, name: str = "", is_bot: bool = False) -> User:
        """Return the account of a login, made anew where there is none."""
        for user in self.users:
            if user.login == login and not number:
                return user
        made = User(id=number or self.next_id(), login=login, name=name or login.title(), is_bot=is_bot)
        self.users.append(made)
        return made

    def pull(self, number: int) -> Pull | None:
        """Return a request by its number."""
        return next((pull for pull in self.pulls if pull.number == number), None)

    def open_pull(self, branch: str, *, title: str, opener: User, target: str = "main", topic: str = "") -> Pull:
        """Open a request."""
        pull = Pull(number=len(self.pulls) + 1, title=title, branch=branch, target=target, opener=opener, topic=topic)
        self.pulls.append(pull)
        return pull

    def ticket(self, number: int) -> Ticket | None:
        """Return an issue by its number."""
        return next((ticket for ticket in self.tickets if ticket.number == number), None)

    def open_ticket(self, author: User, title: str, body: str) -> Ticket:
        """Open an issue; its number is none that a request has."""
        made = Ticket(number=501 + len(self.tickets), title=title, body=body, author=author)
        self.tickets.append(made)
        return made

    def member(self, number: int) -> User | None:
        """Return the account with a number."""
        return next((user for user in self.users if user.id == number), None)

    def open_for(self, branch: str, target: str = "main") -> Pull | None:
        """Return the open request for a branch."""
        wanted = (branch, target, "open", False)
        return next(
            (pull for pull in self.pulls if (pull.branch, pull.target, pull.state, pull.from_fork) == wanted), None
        )

    def comment(self, pull: Pull, user: User | None, body: str) -> Note:
        """Comment on a request, now."""
        note = Note(id=self.next_id(), user=user, body=body, created=self.now(), updated=self.now())
        pull.notes.append(note)
        return note

    def edit(self, note: Note, body: str) -> None:
        """Change a comment, a little later."""
        note.body, note.updated = body, note.updated + timedelta(seconds=1)

    def review(self, pull: Pull, user: User | None, state: str, commit: str = "") -> Review:
        """Review a request as it is, or as it was at a commit."""
        made = Review(
            id=self.next_id(), user=user, state=state, commit=commit or self.tip(pull.reference), at=self.now()
        )
        pull.reviews.append(made)
        return made

    def merge(self, number: int) -> str:
        """Press the button: merge a request with a merge commit, as the forge itself."""
        pull = self.pull(number)
        assert pull is not None
        base, head = self.tip(f"refs/heads/{pull.target}"), self.tip(pull.reference)
        tree = self.git("merge-tree", "--write-tree", base, head)
        identity = ("-c", "user.name=Forge", "-c", "user.email=noreply@forge.invalid")
        commit = self.git(*identity, "commit-tree", tree, "-p", base, "-p", head, "-m", f"Merge request {number}")
        self.git("update-ref", f"refs/heads/{pull.target}", commit, base)
        pull.state = "merged"
        return commit

    def prepare_push(self, address: str) -> None:
        """Let the hook know where the next request will be."""
        (self.bare / "next-address").write_text(address, encoding="utf-8")
        (self.bare / "received").unlink(missing_ok=True)

    def received(self) -> tuple[list[str], list[str]]:
        """Return the references that the last push moved, and its options."""
        received, options = self.bare / "received", self.bare / "options"
        if not received.exists():
            return [], []
        moved = [line.split()[2] for line in received.read_text(encoding="utf-8").splitlines()]
        return moved, options.read_text(encoding="utf-8").splitlines()
