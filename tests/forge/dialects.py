"""How GitHub, GitLab and Forgejo speak: paths, shapes, pages and refusals as their published clients know them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode

from tests.forge.server import Answer, Asked, Dialect
from tests.forge.world import Note, Pull, Review, Ticket, User, World


def _paged(
    asked: Asked, web: str, root: str, entries: Sequence[Any], *, per_page: str, most: int
) -> tuple[Answer, int]:
    """Answer one page of a list, with the links that lead on."""
    size = min(int(asked.query.get(per_page, "30")), most)
    page = int(asked.query.get("page", "1"))
    shown = entries[(page - 1) * size : page * size]
    last = max(1, -(-len(entries) // size))

    def link(number: int, word: str) -> str:
        query = urlencode({**asked.query, "page": number})
        return f'<{web}{root}{asked.path}?{query}>; rel="{word}"'

    links = [link(page + 1, "next"), link(last, "last")] if page < last else []
    headers = {"Link": ", ".join(links)} if links else {}
    return Answer(data=list(shown), headers=headers), page + 1 if page < last else 0


def _seconds(when: datetime) -> str:
    return f"{when.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


class GitHubDialect:
    """GitHub's REST interface, as an enterprise server has it."""

    root = "/api/v3"

    def token_of(self, headers: Mapping[str, str]) -> str:
        """Return the bearer's token."""
        return headers.get("authorization", "").removeprefix("Bearer ")

    def stranger(self) -> Answer:
        """Refuse."""
        return Answer(status=401, data={"message": "Bad credentials", "status": "401"})

    def next_address(self, world: World, web: str) -> str:
        """Return where the next request will be."""
        return f"{web}/{world.path}/pull/{len(world.pulls) + 1}"

    def pushed(self, world: World, pusher: User, moved: list[str], options: list[str]) -> None:
        """Do nothing more."""

    def answer(self, world: World, web: str, asked: Asked) -> Answer:  # noqa: C901, PLR0911 - one for each path
        """Answer a call."""
        assert asked.user is not None
        if asked.path == "/user":
            return Answer(data=self._user(asked.user))
        inside = asked.path.removeprefix(f"/repos/{world.path}")
        if (user := re.fullmatch(r"/user/(\d+)", asked.path)) and (known := world.member(int(user[1]))):
            return Answer(data=self._user(known))
        if (issues := self._tickets(world, web, asked, inside)) is not None:
            return issues
        if inside == "/pulls" and asked.method == "POST":
            return self._open(world, web, asked)
        if inside == "/pulls":
            pulls = [self._pull(world, web, pull) for pull in reversed(world.pulls) if pull.state == "open"]
            return _paged(asked, web, self.root, pulls, per_page="per_page", most=100)[0]
        if (match := re.fullmatch(r"/pulls/(\d+)", inside)) and (pull := world.pull(int(match[1]))):
            return Answer(data=self._pull(world, web, pull))
        if (match := re.fullmatch(r"/issues/(\d+)/comments", inside)) and (pull := world.pull(int(match[1]))):
            if asked.method == "POST":
                made = world.comment(pull, asked.user, asked.body["body"])
                return Answer(status=201, data=self._note(web, world, pull, made))
            notes = [self._note(web, world, pull, note) for note in pull.notes]
            return _paged(asked, web, self.root, notes, per_page="per_page", most=100)[0]
        if (match := re.fullmatch(r"/pulls/(\d+)/reviews", inside)) and (pull := world.pull(int(match[1]))):
            reviews = [self._review(web, world, pull, review) for review in pull.reviews]
            return _paged(asked, web, self.root, reviews, per_page="per_page", most=100)[0]
        if match := re.fullmatch(r"/issues/comments/(\d+)", inside):
            return self._edit(world, web, asked, int(match[1]))
        return Answer(status=404, data={"message": "Not Found", "status": "404"})

    def _open(self, world: World, web: str, asked: Asked) -> Answer:
        assert asked.user is not None
        head, base = asked.body["head"], asked.body["base"]
        if world.open_for(head, base) or not world.tip(f"refs/heads/{head}"):
            said = f"A pull request already exists for acme:{head}."
            errors = [{"resource": "PullRequest", "code": "custom", "message": said}]
            return Answer(status=422, data={"message": "Validation Failed", "errors": errors, "status": "422"})
        pull = world.open_pull(head, title=asked.body["title"], opener=asked.user, target=base)
        return Answer(status=201, data=self._pull(world, web, pull))

    def _edit(self, world: World, web: str, asked: Asked, number: int) -> Answer:
        for pull in world.pulls:
            for note in pull.notes:
                if note.id == number and note.user is asked.user:
                    world.edit(note, asked.body["body"])
                    return Answer(data=self._note(web, world, pull, note))
        return Answer(status=403, data={"message": "Must have admin rights to Repository.", "status": "403"})

    def _tickets(self, world: World, web: str, asked: Asked, inside: str) -> Answer | None:  # noqa: PLR0911 - one for each path
        """Answer what is asked of issues; None where that is something else."""
        assert asked.user is not None
        if inside == "/issues" and asked.method == "POST":
            made = world.open_ticket(asked.user, asked.body["title"], asked.body["body"])
            return Answer(status=201, data=self._ticket(web, world, made))
        if inside == "/issues":
            entries = [self._ticket(web, world, one) for one in world.tickets if one.state == "open"]
            pulls = [{**self._pull(world, web, pull), "pull_request": {}} for pull in world.pulls]
            return _paged(asked, web, self.root, [*entries, *pulls], per_page="per_page", most=100)[0]
        match = re.fullmatch(r"/issues/(\d+)(/comments|/assignees)?", inside)
        ticket = world.ticket(int(match[1])) if match else None
        if match is None or ticket is None:
            return None
        if match[2] == "/comments" and asked.method == "POST":
            note = Note(world.next_id(), asked.user, asked.body["body"], world.now(), world.now())
            ticket.notes.append(note)
            return Answer(status=201, data={"id": note.id, "body": note.body})
        if asked.method == "PATCH" and ticket.author is not asked.user:
            return Answer(status=403, data={"message": "not yours"})
        if match[2] == "/assignees":
            known = [user for user in world.users if user.login in asked.body["assignees"]]
            ticket.assignees += known
            return Answer(status=201 if known else 422, data=self._ticket(web, world, ticket))
        ticket.title = asked.body.get("title", ticket.title)
        ticket.body = asked.body.get("body", ticket.body)
        ticket.state = asked.body.get("state", ticket.state)
        return Answer(data=self._ticket(web, world, ticket))

    def _ticket(self, web: str, world: World, ticket: Ticket) -> dict[str, Any]:
        return {
            "id": 9000 + ticket.number,
            "number": ticket.number,
            "title": ticket.title,
            "body": ticket.body,
            "state": ticket.state,
            "user": self._user(ticket.author),
            "assignees": [self._user(user) for user in ticket.assignees],
            "html_url": f"{web}/{world.path}/issues/{ticket.number}",
            "performed_via_github_app": None,
        }

    def _user(self, user: User) -> dict[str, Any]:
        return {
            "login": user.login,
            "id": user.id,
            "node_id": f"U_{user.id}",
            "type": "Bot" if user.is_bot else "User",
            "site_admin": False,
        }

    def _side(self, world: World, ref: str, sha: str, repository: int | None) -> dict[str, Any]:
        repo = None if repository is None else {"id": repository, "full_name": world.path, "fork": repository != 1}
        return {"label": f"acme:{ref}", "ref": ref, "sha": sha, "repo": repo}

    def _pull(self, world: World, web: str, pull: Pull) -> dict[str, Any]:
        source = None if pull.fork_is_gone else 2 if pull.from_fork else 1
        return {
            "id": 5000 + pull.number,
            "number": pull.number,
            "state": "open" if pull.state == "open" else "closed",
            "title": pull.title,
            "user": self._user(pull.opener),
            "body": None,
            "draft": False,
            "html_url": f"{web}/{world.path}/pull/{pull.number}",
            "head": self._side(world, pull.branch, world.tip(pull.reference), source),
            "base": self._side(world, pull.target, world.tip(f"refs/heads/{pull.target}"), 1),
        }

    def _note(self, web: str, world: World, pull: Pull, note: Note) -> dict[str, Any]:
        return {
            "id": note.id,
            "node_id": f"IC_{note.id}",
            "html_url": f"{web}/{world.path}/pull/{pull.number}#issuecomment-{note.id}",
            "body": note.body,
            "user": self._user(note.user) if note.user else None,
            "created_at": _seconds(note.created),
            "updated_at": _seconds(note.updated),
            "author_association": "MEMBER",
            "performed_via_github_app": {"id": 7, "slug": "helper"} if note.by_app else None,
        }

    def _review(self, web: str, world: World, pull: Pull, review: Review) -> dict[str, Any]:
        data = {
            "id": review.id,
            "node_id": f"PRR_{review.id}",
            "user": self._user(review.user) if review.user else None,
            "body": "",
            "state": "DISMISSED" if review.dismissed else review.state,
            "html_url": f"{web}/{world.path}/pull/{pull.number}#pullrequestreview-{review.id}",
            "commit_id": review.commit,
            "author_association": "MEMBER",
        }
        return data if review.state == "PENDING" else {**data, "submitted_at": _seconds(review.at)}


class GitLabDialect:
    """GitLab's interface, version 4."""

    root = "/api/v4"

    def token_of(self, headers: Mapping[str, str]) -> str:
        """Return the private token."""
        return headers.get("private-token", "")

    def stranger(self) -> Answer:
        """Refuse."""
        return Answer(status=401, data={"message": "401 Unauthorized"})

    def next_address(self, world: World, web: str) -> str:
        """Return where the next request will be."""
        return f"{web}/{world.path}/-/merge_requests/{len(world.pulls) + 1}"

    def pushed(self, world: World, pusher: User, moved: list[str], options: list[str]) -> None:
        """Open a merge request where the push options ask for one."""
        said = dict(option.partition("=")[::2] for option in options)
        branch = moved[0].removeprefix("refs/heads/") if moved else ""
        target = said.get("merge_request.target", "main")
        if "merge_request.create" in said and branch and not world.open_for(branch, target):
            title = said.get("merge_request.title", branch)
            world.open_pull(branch, title=title, opener=pusher, target=target)

    def answer(self, world: World, web: str, asked: Asked) -> Answer:  # noqa: PLR0911 - one for each path
        """Answer a call."""
        assert asked.user is not None
        if asked.path == "/user":
            return Answer(data=self._user(web, asked.user))
        # A project is known by its path, and by its number.
        project = re.sub(rf"^/projects/(?:{quote(world.path, safe='')}|1)", "", asked.path)
        if (issues := self._tickets(world, web, asked, project)) is not None:
            return issues
        inside = project.removeprefix("/merge_requests")
        if project in {asked.path, inside}:
            return Answer(status=404, data={"message": "404 Project Not Found"})
        if not inside and asked.method == "POST":
            return self._open(world, web, asked)
        if not inside:
            pulls = [self._pull(world, web, pull) for pull in reversed(world.pulls) if pull.state == "open"]
            return self._list(asked, web, pulls)
        if (approved := re.fullmatch(r"/(\d+)/approvals", inside)) and (pull := world.pull(int(approved[1]))):
            return Answer(data=self._approvals(web, pull))
        match = re.fullmatch(r"/(\d+)(/notes(?:/(\d+))?)?", inside)
        pull = world.pull(int(match[1])) if match else None
        if match is None or pull is None:
            return Answer(status=404, data={"message": "404 Not found"})
        if not match[2]:
            return Answer(data=self._pull(world, web, pull))
        return self._notes(world, web, asked, pull, int(match[3] or 0))

    def _approvals(self, web: str, pull: Pull) -> dict[str, Any]:
        """Say who approved and, as newer ones do, when; of which commit, no GitLab says."""
        given = [review for review in pull.reviews if review.user is not None and review.state == "APPROVED"]
        return {
            "user_has_approved": False,
            "user_can_approve": False,
            "approved": bool(given),
            "approved_by": [
                {
                    "user": self._user(web, review.user),
                    **(
                        {}
                        if review.dismissed
                        else {"approved_at": f"{review.at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.000Z}"}
                    ),
                }
                for review in given
                if review.user is not None
            ],
        }

    def _list(self, asked: Asked, web: str, entries: list[Any]) -> Answer:
        answer, following = _paged(asked, web, self.root, entries, per_page="per_page", most=100)
        numbers = {"X-Next-Page": str(following or ""), "X-Page": asked.query.get("page", "1")}
        return Answer(data=answer.data, headers={**answer.headers, **numbers})

    def _notes(self, world: World, web: str, asked: Asked, pull: Pull, number: int) -> Answer:
        if asked.method == "POST":
            made = world.comment(pull, asked.user, asked.body["body"])
            return Answer(status=201, data=self._note(web, pull, made))
        if asked.method == "PUT":
            for note in pull.notes:
                if note.id == number and note.user is asked.user:
                    world.edit(note, asked.body["body"])
                    return Answer(data=self._note(web, pull, note))
            return Answer(status=403, data={"message": "403 Forbidden"})
        notes = [self._note(web, pull, note) for note in pull.notes]
        return self._list(asked, web, notes if asked.query.get("sort") == "asc" else notes[::-1])

    def _open(self, world: World, web: str, asked: Asked) -> Answer:
        assert asked.user is not None
        source, target = asked.body["source_branch"], asked.body["target_branch"]
        there = world.open_for(source, target)
        if there:
            said = f"Another open merge request already exists for this source branch: !{there.number}"
            return Answer(status=409, data={"message": [said]})
        pull = world.open_pull(source, title=asked.body["title"], opener=asked.user, target=target)
        return Answer(status=201, data=self._pull(world, web, pull))

    def _tickets(self, world: World, web: str, asked: Asked, inside: str) -> Answer | None:
        """Answer what is asked of issues; None where that is something else."""
        assert asked.user is not None
        if inside == "/issues" and asked.method == "POST":
            made = world.open_ticket(asked.user, asked.body["title"], asked.body["description"])
            return Answer(status=201, data=self._ticket(web, world, made))
        if inside == "/issues":
            entries = [self._ticket(web, world, one) for one in world.tickets if one.state == "open"]
            return self._list(asked, web, entries)
        match = re.fullmatch(r"/issues/(\d+)(/notes|/assignees)?", inside)
        ticket = world.ticket(int(match[1])) if match else None
        if match is None or ticket is None:
            return None
        if match[2] == "/notes" and asked.method == "POST":
            note = Note(world.next_id(), asked.user, asked.body["body"], world.now(), world.now())
            ticket.notes.append(note)
            return Answer(status=201, data={"id": note.id, "body": note.body})
        if asked.method == "PUT" and ticket.author is not asked.user:
            return Answer(status=403, data={"message": "not yours"})
        ticket.title = asked.body.get("title", ticket.title)
        ticket.body = asked.body.get("description", ticket.body)
        ticket.state = {"close": "closed"}.get(asked.body.get("state_event", ""), ticket.state)
        members = [world.member(number) for number in asked.body.get("assignee_ids", [])]
        ticket.assignees = [user for user in members if user] or ticket.assignees
        return Answer(data=self._ticket(web, world, ticket))

    def _ticket(self, web: str, world: World, ticket: Ticket) -> dict[str, Any]:
        return {
            "id": 9000 + ticket.number,
            "iid": ticket.number,
            "title": ticket.title,
            "description": ticket.body,
            "state": {"open": "opened"}.get(ticket.state, ticket.state),
            "author": self._user(web, ticket.author),
            "imported": False,
            "web_url": f"{web}/{world.path}/-/issues/{ticket.number}",
        }

    def _user(self, web: str, user: User) -> dict[str, Any]:
        return {
            "id": user.id,
            "username": user.login,
            "name": user.name,
            "state": "active",
            "locked": False,
            "avatar_url": None,
            "web_url": f"{web}/{user.login}",
        }

    def _pull(self, world: World, web: str, pull: Pull) -> dict[str, Any]:
        return {
            "id": 5000 + pull.number,
            "iid": pull.number,
            "project_id": 1,
            "title": pull.title,
            "description": None,
            "state": {"open": "opened"}.get(pull.state, pull.state),
            "source_branch": pull.branch,
            "target_branch": pull.target,
            "source_project_id": None if pull.fork_is_gone else 2 if pull.from_fork else 1,
            "target_project_id": 1,
            "author": self._user(web, pull.opener),
            "sha": world.tip(pull.reference),
            "draft": False,
            "web_url": f"{web}/{world.path}/-/merge_requests/{pull.number}",
        }

    def _note(self, web: str, pull: Pull, note: Note) -> dict[str, Any]:
        ghost = User(id=0, login="ghost", name="Ghost User")

        def milliseconds(when: datetime) -> str:
            return f"{when.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{when.microsecond // 1000:03d}Z"

        return {
            "id": note.id,
            "type": None,
            "body": note.body,
            "author": self._user(web, note.user or ghost),
            "created_at": milliseconds(note.created),
            "updated_at": milliseconds(note.updated),
            "system": note.system,
            "noteable_id": 5000 + pull.number,
            "noteable_type": "MergeRequest",
            "project_id": 1,
            "resolvable": False,
            "confidential": False,
            "internal": False,
            "imported": note.imported,
            "imported_from": "gitea" if note.imported else "none",
            "noteable_iid": pull.number,
            "commands_changes": {},
        }


class ForgejoDialect:
    """The interface of Forgejo and Gitea, version 1; comments come whole, whatever page is asked for."""

    root = "/api/v1"

    def token_of(self, headers: Mapping[str, str]) -> str:
        """Return the token."""
        return headers.get("authorization", "").removeprefix("token ")

    def stranger(self) -> Answer:
        """Refuse."""
        return Answer(status=401, data={"message": "token is required", "url": "/api/swagger"})

    def next_address(self, world: World, web: str) -> str:
        """Return where the next request will be."""
        return f"{web}/{world.path}/pulls/{len(world.pulls) + 1}"

    def pushed(self, world: World, pusher: User, moved: list[str], options: list[str]) -> None:
        """Turn what was pushed to `refs/for/` into a request of the pusher's own."""
        said = dict(option.partition("=")[::2] for option in options)
        for reference in moved:
            if not reference.startswith("refs/for/"):
                continue
            target, topic = reference.removeprefix("refs/for/"), f"{pusher.login}/{said.get('topic', '')}"
            pull = next(
                (one for one in world.pulls if (one.topic, one.target, one.state) == (topic, target, "open")), None
            )
            title = said.get("title", topic)
            pull = pull or world.open_pull("", title=title, opener=pusher, target=target, topic=topic)
            world.git("update-ref", pull.reference, world.tip(reference))
            world.git("update-ref", "-d", reference)

    def answer(self, world: World, web: str, asked: Asked) -> Answer:  # noqa: C901, PLR0911 - one for each path
        """Answer a call."""
        assert asked.user is not None
        if asked.path == "/user":
            return Answer(data=self._user(web, asked.user))
        inside = asked.path.removeprefix(f"/repos/{world.path}")
        if asked.path == "/users/search":
            known = world.member(int(asked.query["uid"]))
            return Answer(data={"ok": True, "data": [self._user(web, known)] if known else []})
        if (issues := self._tickets(world, web, asked, inside)) is not None:
            return issues
        if inside == "/pulls" and asked.method == "POST":
            return self._open(world, web, asked)
        if inside == "/pulls":
            pulls = [self._pull(world, web, pull) for pull in reversed(world.pulls) if pull.state == "open"]
            return _paged(asked, web, self.root, pulls, per_page="limit", most=50)[0]
        if (match := re.fullmatch(r"/pulls/(\d+)", inside)) and (pull := world.pull(int(match[1]))):
            return Answer(data=self._pull(world, web, pull))
        if (match := re.fullmatch(r"/issues/(\d+)/comments", inside)) and (pull := world.pull(int(match[1]))):
            if asked.method == "POST":
                made = world.comment(pull, asked.user, asked.body["body"])
                return Answer(status=201, data=self._note(web, world, pull, made))
            return Answer(data=[self._note(web, world, pull, note) for note in pull.notes])
        if (match := re.fullmatch(r"/pulls/(\d+)/reviews", inside)) and (pull := world.pull(int(match[1]))):
            reviews = [self._review(web, world, pull, review) for review in pull.reviews]
            return _paged(asked, web, self.root, reviews, per_page="limit", most=50)[0]
        if match := re.fullmatch(r"/issues/comments/(\d+)", inside):
            return self._edit(world, web, asked, int(match[1]))
        return Answer(status=404, data={"message": "The target couldn't be found.", "errors": None})

    def _open(self, world: World, web: str, asked: Asked) -> Answer:
        assert asked.user is not None
        head, base = asked.body["head"], asked.body["base"]
        if world.open_for(head, base):
            return Answer(status=409, data={"message": "pull request already exists for these targets"})
        pull = world.open_pull(head, title=asked.body["title"], opener=asked.user, target=base)
        return Answer(status=201, data=self._pull(world, web, pull))

    def _edit(self, world: World, web: str, asked: Asked, number: int) -> Answer:
        for pull in world.pulls:
            for note in pull.notes:
                if note.id == number and note.user is asked.user:
                    world.edit(note, asked.body["body"])
                    return Answer(data=self._note(web, world, pull, note))
        return Answer(status=403, data={"message": "user should have permission to edit the comment"})

    def _tickets(self, world: World, web: str, asked: Asked, inside: str) -> Answer | None:
        """Answer what is asked of issues; None where that is something else."""
        assert asked.user is not None
        if inside == "/issues" and asked.method == "POST":
            made = world.open_ticket(asked.user, asked.body["title"], asked.body["body"])
            return Answer(status=201, data=self._ticket(web, world, made))
        if inside == "/issues":
            entries = [self._ticket(web, world, one) for one in world.tickets if one.state == "open"]
            return _paged(asked, web, self.root, entries, per_page="limit", most=50)[0]
        match = re.fullmatch(r"/issues/(\d+)(/comments|/assignees)?", inside)
        ticket = world.ticket(int(match[1])) if match else None
        if match is None or ticket is None:
            return None
        if match[2] == "/comments" and asked.method == "POST":
            note = Note(world.next_id(), asked.user, asked.body["body"], world.now(), world.now())
            ticket.notes.append(note)
            return Answer(status=201, data={"id": note.id, "body": note.body})
        if asked.method == "PATCH" and ticket.author is not asked.user:
            return Answer(status=403, data={"message": "not yours"})
        ticket.title = asked.body.get("title", ticket.title)
        ticket.body = asked.body.get("body", ticket.body)
        ticket.state = asked.body.get("state", ticket.state)
        ticket.assignees = [user for user in world.users if user.login in asked.body.get("assignees", [])]
        return Answer(data=self._ticket(web, world, ticket))

    def _ticket(self, web: str, world: World, ticket: Ticket) -> dict[str, Any]:
        return {
            "id": 9000 + ticket.number,
            "number": ticket.number,
            "title": ticket.title,
            "body": ticket.body,
            "state": ticket.state,
            "user": self._user(web, ticket.author),
            "original_author": "",
            "pull_request": None,
            "html_url": f"{web}/{world.path}/issues/{ticket.number}",
        }

    def _user(self, web: str, user: User | None) -> dict[str, Any]:
        found = user or User(id=-1, login="Ghost", name="")
        # The account of the forge's own jobs has no number of its own.
        number = -2 if found.is_bot else found.id
        return {
            "id": number,
            "login": found.login,
            "full_name": found.name,
            "email": f"{found.login}@noreply.forge.invalid",
            "html_url": f"{web}/{found.login}",
            "is_admin": False,
            "active": False,
        }

    def _pull(self, world: World, web: str, pull: Pull) -> dict[str, Any]:
        sha = world.tip(pull.reference)
        ref = f"refs/pull/{pull.number}/head" if pull.topic else pull.branch
        return {
            "id": 5000 + pull.number,
            "number": pull.number,
            "title": pull.title,
            "state": "open" if pull.state == "open" else "closed",
            "user": self._user(web, pull.opener),
            "merged": pull.state == "merged",
            "html_url": f"{web}/{world.path}/pulls/{pull.number}",
            "head": {
                "label": "" if pull.topic else pull.branch,
                "ref": ref,
                "sha": sha,
                "repo_id": 2 if pull.from_fork else 1,
                "repo": None,
            },
            "base": {"label": pull.target, "ref": pull.target, "sha": "", "repo_id": 1, "repo": {"id": 1}},
            "created_at": "2026-11-22T08:00:00+01:00",
        }

    def _note(self, web: str, world: World, pull: Pull, note: Note) -> dict[str, Any]:
        return {
            "id": note.id,
            "html_url": f"{web}/{world.path}/pulls/{pull.number}#issuecomment-{note.id}",
            "user": self._user(web, note.user),
            "original_author": "somebody-elsewhere" if note.imported else "",
            "original_author_id": 0,
            "body": note.body,
            "assets": [],
            "created_at": note.created.isoformat(timespec="seconds"),
            "updated_at": note.updated.isoformat(timespec="seconds"),
        }

    def _review(self, web: str, world: World, pull: Pull, review: Review) -> dict[str, Any]:
        states = {"CHANGES_REQUESTED": "REQUEST_CHANGES", "COMMENTED": "COMMENT"}
        return {
            "id": review.id,
            "user": self._user(web, review.user) if review.user else None,
            "team": None,
            "state": states.get(review.state, review.state),
            "body": "",
            "commit_id": review.commit,
            "stale": review.commit != world.tip(pull.reference),
            "official": True,
            "dismissed": review.dismissed,
            "comments_count": 0,
            "submitted_at": review.at.isoformat(timespec="seconds"),
            "html_url": f"{web}/{world.path}/pulls/{pull.number}#issuecomment-{review.id}",
        }


DIALECTS: Mapping[str, type[Dialect]] = {"github": GitHubDialect, "gitlab": GitLabDialect, "forgejo": ForgejoDialect}
