"""What the adapters understand of each forge: requests, comments, approvals, and the one comment of ours."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from nearmiss.engine.forges.port import Forge
from nearmiss.forge.errors import NotThereError, RefusedByForgeError
from tests.forge.stand import TOKEN, Stand, account_of
from tests.forge.world import Note, Pull

MARKER = "<!-- nearmiss: test -->"
EIGHT = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)


@pytest.fixture
def forge(stand: Stand, token: str) -> Iterator[Forge]:
    """Open the adapter of the stand, with its token."""
    with stand.adapter() as opened:
        yield opened


@pytest.fixture
def pull(stand: Stand) -> Pull:
    """Give a request that is open."""
    stand.world.git("update-ref", "refs/heads/work", stand.world.tip("refs/heads/main"))
    return stand.world.open_pull("work", title="Some work", opener=stand.account("s.ito"))


def test_a_request_is_read(stand: Stand, forge: Forge, pull: Pull) -> None:
    """Number, title, branches, the commit at its head and its page are what the forge says."""
    request = forge.request(1)

    assert (request.number, request.title, request.branch, request.target) == (1, "Some work", "work", "main")
    assert request.head == stand.scene.rev()
    assert (request.is_open, request.from_fork) == (True, False)
    assert request.address.startswith(f"{stand.forge.web}/acme/register/")


@pytest.mark.parametrize("state", ["closed", "merged"])
def test_a_request_that_is_not_open(stand: Stand, forge: Forge, pull: Pull, state: str) -> None:
    """One that was closed or merged is known as such, and not among the open ones."""
    pull.state = state

    assert not forge.request(1).is_open
    assert list(forge.requests()) == []


@pytest.mark.parametrize("gone", [False, True])
def test_a_request_from_a_fork(stand: Stand, forge: Forge, pull: Pull, kind: str, *, gone: bool) -> None:
    """What comes from a fork, even one that was deleted, lies on no branch here, whatever the branch is called."""
    pull.from_fork, pull.fork_is_gone = True, gone
    stand.world.git("update-ref", pull.reference, stand.scene.rev())

    request = forge.request(1)

    assert (request.branch, request.from_fork, request.is_open) == ("", True, True)


def test_open_requests_by_number(stand: Stand, forge: Forge, pull: Pull) -> None:
    """All open requests come, over as many pages as there are, the oldest first."""
    stand.world.pulls += [
        Pull(number=number, title="More", branch="work", target=f"t{number}", opener=pull.opener)
        for number in range(2, 131)
    ]

    assert [request.number for request in forge.requests()] == list(range(1, 131))


def test_an_unknown_request(forge: Forge, kind: str) -> None:
    """A number that no request has is told as that."""
    with pytest.raises(NotThereError, match="when asked to show request 77"):
        forge.request(77)


def test_comments_are_read(stand: Stand, forge: Forge, pull: Pull) -> None:
    """Who wrote what when is known, the account by its number and the time in UTC."""
    stand.world.comment(pull, stand.account("r.meyer"), "Grüße, 你好\r\nline two")

    [comment] = forge.comments(1)

    assert comment.account.id == str(account_of("r.meyer"))
    assert (comment.account.name, comment.account.is_bot) == ("r-meyer", False)
    assert comment.text == "Grüße, 你好\r\nline two"
    assert (comment.at, comment.edited) == (EIGHT, False)


def test_an_edited_comment(stand: Stand, forge: Forge, pull: Pull) -> None:
    """A comment that was changed is known as such, be it a second later."""
    note = stand.world.comment(pull, stand.account("r.meyer"), "one")
    stand.world.edit(note, "two")

    [comment] = forge.comments(1)

    assert (comment.text, comment.edited) == ("two", True)


def test_many_comments(stand: Stand, forge: Forge, pull: Pull) -> None:
    """All comments come, in order, each once, over as many pages as there are."""
    for number in range(250):
        stand.world.comment(pull, stand.account("r.meyer"), f"comment {number}")

    assert [comment.text for comment in forge.comments(1)] == [f"comment {number}" for number in range(250)]


@pytest.mark.parametrize("number", [100, 200])
def test_full_pages(stand: Stand, forge: Forge, pull: Pull, number: int) -> None:
    """A last page that is full is not taken for the first of more."""
    for place in range(number):
        stand.world.comment(pull, stand.account("r.meyer"), f"{place}")

    assert len(forge.comments(1)) == number


def _by_bot(stand: Stand, pull: Pull) -> Note:
    return stand.world.comment(pull, stand.world.user("project_1_bot_0a1b", number=3, is_bot=True), "x")


def test_a_program_is_known(stand: Stand, forge: Forge, pull: Pull) -> None:
    """What a bot wrote is known as that, in whichever way the forge tells."""
    _by_bot(stand, pull)

    assert forge.comments(1)[0].account.is_bot


@pytest.mark.parametrize("kind", ["github"], indirect=True)
def test_what_an_app_says_in_somebodys_name(stand: Stand, forge: Forge, pull: Pull) -> None:
    """A comment that a GitHub App wrote with a person's account was not written by them."""
    stand.world.comment(pull, stand.account("r.meyer"), "x").by_app = True

    assert forge.comments(1)[0].account.is_bot


def test_a_deleted_account_is_nobodys(stand: Stand, forge: Forge, pull: Pull, kind: str) -> None:
    """What is left of an account that was deleted has no number that anybody else has."""
    stand.world.comment(pull, None, "x")

    account = forge.comments(1)[0].account

    assert account.id == "" or account.is_bot
    assert account.id not in {str(user.id) for user in stand.world.users}


@pytest.mark.parametrize("kind", ["gitlab", "forgejo"], indirect=True)
def test_what_was_brought_in_from_elsewhere(stand: Stand, forge: Forge, pull: Pull) -> None:
    """A comment that somebody imported from another forge is nobody's, whoever it is shown as."""
    stand.world.comment(pull, stand.account("r.meyer"), "x").imported = True

    assert forge.comments(1)[0].account.id == ""


@pytest.mark.parametrize("kind", ["gitlab"], indirect=True)
def test_what_gitlab_says_itself(stand: Stand, forge: Forge, pull: Pull) -> None:
    """Notes of the system are not comments."""
    stand.world.comment(pull, stand.account("r.meyer"), "added 1 commit").system = True

    assert list(forge.comments(1)) == []


@pytest.mark.parametrize("kind", ["github", "forgejo"], indirect=True)
def test_approvals_are_read(stand: Stand, forge: Forge, pull: Pull) -> None:
    """An approval has the commit that was looked at, and stands until its giver decides otherwise."""
    world = stand.world
    world.review(pull, stand.account("r.meyer"), "APPROVED")
    world.review(pull, stand.account("r.meyer"), "COMMENTED")
    world.review(pull, stand.account("p.lind"), "APPROVED")
    world.review(pull, stand.account("p.lind"), "CHANGES_REQUESTED")
    world.review(pull, stand.account("k.adeyemi"), "APPROVED").dismissed = True
    world.review(pull, stand.account("i.garcia"), "PENDING")
    world.review(pull, None, "APPROVED")

    [approval] = [one for one in forge.approvals(1) if one.account.id != "-1"]

    assert approval.account.id == str(account_of("r.meyer"))
    assert (approval.head, approval.at) == (stand.scene.rev(), EIGHT)


@pytest.mark.parametrize("kind", ["gitlab"], indirect=True)
def test_gitlab_has_no_approvals_that_count(stand: Stand, forge: Forge, pull: Pull) -> None:
    """GitLab says who approved, newer ones also when, and none of them which commit that was."""
    stand.world.review(pull, stand.account("r.meyer"), "APPROVED")
    stand.world.review(pull, stand.account("p.lind"), "APPROVED").dismissed = True  # of a GitLab that tells no time

    approvals = forge.approvals(1)

    assert [one.account.id for one in approvals] == [str(account_of(who)) for who in ("r.meyer", "p.lind")]
    assert {one.head for one in approvals} == {""}
    assert [one.at for one in approvals] == [EIGHT, datetime.min.replace(tzinfo=UTC)]


@pytest.mark.parametrize("kind", ["gitlab"], indirect=True)
@pytest.mark.parametrize("status", [403, 404])
def test_a_gitlab_that_tells_no_approvals(stand: Stand, forge: Forge, pull: Pull, status: int) -> None:
    """Where GitLab does not let the token read approvals there are none, and comments still count."""
    stand.world.review(pull, stand.account("r.meyer"), "APPROVED")
    stand.forge.trouble(status, data={"message": "no"}, path="/approvals")

    assert list(forge.approvals(1)) == []


@pytest.mark.parametrize("kind", ["forgejo"], indirect=True)
def test_a_request_on_no_branch(stand: Stand, forge: Forge) -> None:
    """A request that was pushed to `refs/for/` is open, of this repository, and on no branch."""
    pull = stand.world.open_pull("", title="Topic", opener=stand.account("s.ito"), topic="s-ito/topic")
    stand.world.git("update-ref", pull.reference, stand.scene.rev())

    request = forge.request(1)

    assert (request.branch, request.from_fork, request.head) == ("", False, stand.scene.rev())


def test_one_comment_of_ours(stand: Stand, forge: Forge, pull: Pull) -> None:
    """We say something once; what is the same is not written again, what is new takes its place."""
    assert forge.say(1, marker=MARKER, markdown="It *waits*.")
    assert not forge.say(1, marker=MARKER, markdown="It *waits*.\n")
    assert forge.say(1, marker=MARKER, markdown="It passes.")

    [note] = pull.notes
    assert note.body == f"{MARKER}\nIt passes.\n"
    assert len([call for call in stand.forge.asked if call[0] == "POST"]) == 1


def test_a_forge_that_changes_line_ends(stand: Stand, forge: Forge, pull: Pull) -> None:
    """A comment is the same when only its lines end otherwise."""
    forge.say(1, marker=MARKER, markdown="one\ntwo")
    pull.notes[0].body = pull.notes[0].body.strip().replace("\n", "\r\n")

    assert not forge.say(1, marker=MARKER, markdown="one\ntwo")


def test_a_marker_of_somebody_else(stand: Stand, forge: Forge, pull: Pull) -> None:
    """What somebody else wrote under our marker is left alone."""
    stand.world.comment(pull, stand.account("m.okafor"), f"{MARKER}\nEverything is signed.")

    forge.say(1, marker=MARKER, markdown="It waits.")

    assert [note.body for note in pull.notes] == [f"{MARKER}\nEverything is signed.", f"{MARKER}\nIt waits.\n"]


@pytest.mark.parametrize("kind", ["github", "forgejo"], indirect=True)
def test_a_job_that_may_not_ask_who_it_is(stand: Stand, forge: Forge, pull: Pull) -> None:
    """The token of a job finds its comment among those of programs, and never a person's."""
    stand.forge.jobs.add(TOKEN)
    stand.world.comment(pull, stand.account("m.okafor"), f"{MARKER}\nEverything is signed.")

    forge.say(1, marker=MARKER, markdown="It waits.")
    forge.say(1, marker=MARKER, markdown="It passes.")

    assert [note.body for note in pull.notes] == [f"{MARKER}\nEverything is signed.", f"{MARKER}\nIt passes.\n"]


def test_opening_what_is_open(stand: Stand, forge: Forge, pull: Pull) -> None:
    """Asked to open a request that is open, the adapter returns that one."""
    assert forge.open_request(branch="work", target="main", title="Again").number == 1
    assert len(stand.world.pulls) == 1


def test_opening_what_cannot_be_opened(stand: Stand, forge: Forge, pull: Pull) -> None:
    """Where the forge will not open a request and has none, its own words are told."""
    stand.forge.trouble(422, method="POST", data={"message": "No commits between\u202e main and\nwork"})

    with pytest.raises(RefusedByForgeError) as refused:
        forge.open_request(branch="other", target="main", title="x")

    assert "would not open a request (422): No commits between main and work." in refused.value.message
