"""Reminding with the machine plugged in: the notebook in git's own folder, the mail server of the environment."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from nearmiss.engine.desk import Desk
    from nearmiss.engine.mailing import Mailer
    from nearmiss.engine.reminding.items import IntakeQueue
    from nearmiss.engine.reminding.sending import Notebook, Reminded

NAME = "reminders.json"


def notebook_at(directory: Path, state: Path | None = None) -> Notebook:
    """Return the notebook of the repository that a directory lies in, or the one in a file that somebody names."""
    from nearmiss.store.notebook import FileNotebook
    from nearmiss.vcs.discovery import discover

    return FileNotebook(state or discover(directory).git_dir / "nearmiss" / NAME)


def remind_daily(
    desk: Desk, mailer: Mailer, directory: Path, *, since: date | None = None, intake: IntakeQueue | None = None
) -> Reminded:
    """Send what is due to be told today: for a server that calls this once a day, or more often.

    It notes what it has sent in git's own folder, as the command does, so that both together send nothing twice.
    Raises MailError, BrokenPolicyError, and the errors of the notebook.
    """
    from nearmiss.engine.reminding.sending import remind

    return remind(desk, mailer, notebook_at(directory), since=since, intake=intake)
