"""Taking what was committed at the desk to the remote that the settings name, where the register has it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from nearmiss.app.pushing import is_shared, take_proposal
from nearmiss.errors import NearMissError
from nearmiss.render.languages import N_

if TYPE_CHECKING:
    from nearmiss.intake.desk.notices import Notice
    from nearmiss.intake.desk.visits import Visit

NOT_SHARED = N_("It is safe here, but the remote did not take it: %(why)s")
REQUEST_OPENED = N_("The request for it")
NO_REQUEST = N_("A request for it could not be opened: %(why)s")


def share(visit: Visit, branch: str, subject: str, title: str, notice: Notice) -> Notice:
    """Push a branch, open a request where the forge can, and add to a notice what came of it.

    The main branch is pushed as it is. Whatever the remote says, what was committed stays.
    """
    settings = visit.policy.settings
    if not is_shared(visit.desk, settings.forge.remote):
        return notice
    try:
        if branch == settings.main_branch:
            visit.desk.repository.push(branch, remote=settings.forge.remote)
            return notice
        taken = take_proposal(visit.desk, branch, subject, title)
    except NearMissError as error:
        return replace(notice, sentences=(*notice.sentences, visit.say(NOT_SHARED, why=error.message)))
    sentences = (*notice.sentences, visit.say(NO_REQUEST, why=taken.problem)) if taken.problem else notice.sentences
    link = taken.address if taken.address.startswith("https://") or taken.address.startswith("http://") else ""
    return replace(notice, sentences=sentences, link=link, link_words=visit.say(REQUEST_OPENED) if link else "")
