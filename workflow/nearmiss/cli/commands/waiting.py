"""`nearmiss waiting`: what waits for the person at work, and the commands to go on with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from nearmiss.cli.options import json_option
from nearmiss.cli.voice import emit, flow, heading, one_line, paragraph, say

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from nearmiss.app.places import KeptText
    from nearmiss.cli.surroundings import Surroundings
    from nearmiss.engine.looking.tasks import Task, Waiting

HEADINGS = {
    "sign": "For you to sign",
    "merge": "Yours, signed by all: ready to be put in force",
    "mend": "Yours, held up",
    "action": "Your actions",
    "step": "Your cases, and the next step",
    "look": "To be checked or looked at again",
    "answer": "Reports that nobody has answered yet",
    "others": "Yours, waiting for others",
}
"""What each sort of task is called."""

FEW = 5
"""Tasks of each sort that `nearmiss` alone shows."""

MOST_COMMANDS = 4


@click.command(short_help="Tell what waits for you.")
@json_option
@click.pass_obj
def command(surroundings: Surroundings, /, *, as_json: bool) -> None:
    """Tell what waits for you: proposals to sign, your actions, your cases, reports without an answer, unfinished work.

    `nearmiss` alone tells the same in short.

    Example: nearmiss waiting
    """
    from nearmiss.app.places import kept_texts

    found = find(surroundings)
    texts = kept_texts(surroundings.directory)
    if as_json:
        emit(waiting_as_data(found, texts))
    else:
        tell(found, texts, most=len(found.tasks))


def find(surroundings: Surroundings) -> Waiting:
    """Return what waits for the person at work: as it was found before, where nothing has moved since."""
    from nearmiss.app.waiting import recall, remember, remembered

    directory, identity, today = surroundings.directory, surroundings.identity, surroundings.today()
    place = remembered(directory, identity=identity, today=today)
    found = recall(place) if place else None
    if found is None:
        from nearmiss.engine.looking.waiting import waiting

        found = waiting(surroundings.desk())
        place = remembered(directory, identity=identity, today=today)
        if place:
            remember(place, found)
    return found


def waiting_as_data(found: Waiting, texts: Sequence[KeptText]) -> Mapping[str, Any]:
    """Return what waits as JSON has it: ok, handle, name, email, roles, today, branch, records, tasks, texts.

    A task has sort, id, title, what, due, overdue and command; a text that was kept has id, section and command.
    """
    return {
        "ok": True,
        "handle": found.handle,
        "name": found.name,
        "email": found.email,
        "roles": list(found.roles),
        "today": found.today,
        "branch": found.branch,
        "records": found.records,
        "tasks": [
            {
                "sort": task.sort,
                "id": task.subject,
                "title": task.title,
                "what": task.what,
                "due": task.due,
                "overdue": task.is_overdue(found.today),
                "command": task.command,
            }
            for task in found.tasks
        ],
        "texts": [{"id": text.record, "section": text.section, "command": text.command} for text in texts],
    }


def tell(found: Waiting, texts: Sequence[KeptText], *, most: int) -> None:
    """Print who is at work, what waits sort by sort, and what to run next."""
    _say_who(found)
    for sort, title in HEADINGS.items():
        tasks = [task for task in found.tasks if task.sort == sort]
        if tasks:
            _say_tasks(title, tasks, found.today, most)
    if texts:
        heading("Texts of yours that were not saved")
        for text in texts:
            say(f"  {text.record}  {text.section}")
    if not found.tasks and not texts:
        say("")
        say("Nothing waits for you.")
    heading("To go on")
    for line in _commands(found, texts):
        say(f"  {line}")


def _say_who(found: Waiting) -> None:
    if found.handle:
        roles = f": {', '.join(found.roles)}" if found.roles else ""
        flow(f"You are {one_line(found.name)} (", (found.handle, "bold"), f"){roles}.")
    elif found.email:
        say(paragraph(f"Git takes you for {found.email}, who is not on the list of people here. You can report."))
    else:
        say(paragraph("Git does not know who you are: git config user.name 'Your Name', and user.email likewise."))
    if found.branch != found.main_branch:
        where = f"on the branch {found.branch}" if found.branch else "on no branch"
        say(paragraph(f"You are {where}; what is in force is on {found.main_branch}: git switch {found.main_branch}"))


def _say_tasks(title: str, tasks: Sequence[Task], today: str, most: int) -> None:
    heading(title)
    for task in tasks[:most]:
        flow((task.subject, "bold"), f"  {one_line(task.title)}", indent=2, hang=2)
        late = task.is_overdue(today)
        until = f", {'was due' if late else 'due'} {task.due}" if task.due else ""
        flow(f"{one_line(task.what)}{until}", ("  OVERDUE", "red") if late else "", indent=4)
    if len(tasks) > most:
        say((f"  … and {len(tasks) - most} more: nearmiss waiting", "dim"))


def _commands(found: Waiting, texts: Sequence[KeptText]) -> Iterator[str]:
    """Yield what to run next: for the first task of each sort, as far as there is room, and what always can be done."""
    firsts = {task.sort: task.command for task in reversed(found.tasks) if task.sort != "others"}
    wanted = [firsts[sort] for sort in HEADINGS if sort in firsts] + [text.command for text in texts]
    always = ["nearmiss list" if found.records else "nearmiss report", "nearmiss --help"]
    yield from wanted[: MOST_COMMANDS - 1]
    yield from always if not wanted else always[:1]
