"""Today: what waits for the person, from all sides, and what is new."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nearmiss.engine.looking.waiting import waiting
from nearmiss.intake.desk.visits import Page
from nearmiss.intake.desk.waiting_reports import disagreements_for, is_unsafe, reports_for
from nearmiss.intake.desk.wording import TASKS, role_label, task_path, task_words

if TYPE_CHECKING:
    from nearmiss.intake.desk.refusals import Refusal
    from nearmiss.intake.desk.visits import Visit


def today(visit: Visit, _refusal: Refusal | None) -> Page:
    """Return the page of what waits for the person."""
    found = waiting(visit.desk)
    groups: list[dict[str, Any]] = []
    for sort, title in TASKS.items():
        tasks = [task for task in found.tasks if task.sort == sort]
        if not tasks:
            continue
        rows = [
            {
                "path": task_path(task),
                "subject": task.subject,
                "title": task.title,
                "what": task_words(visit, task),
                "due": task.due,
                "late": task.is_overdue(found.today),
            }
            for task in tasks
        ]
        groups.append({"sort": sort, "title": visit.say(title), "tasks": rows})
    new = [one for one in reports_for(visit) if not one.confirmed_by]
    return Page(
        template="today",
        data={
            "here": "today",
            "groups": groups,
            "overdue": sum(task.is_overdue(found.today) for task in found.tasks),
            "roles": [role_label(visit, role) for role in found.roles],
            "records": found.records,
            "new_reports": len(new),
            "unsafe_reports": sum(map(is_unsafe, new)),
            "disagreements": disagreements_for(visit),
        },
    )
