"""`nearmiss edit`: fills in a section, in the person's editor or by values that are given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from nearmiss.cli.options import json_option, record_argument, set_option, unset_option
from nearmiss.cli.output.drafts import drafted_as_data, say_drafted, say_who_is_left
from nearmiss.cli.proposing.proposal import proposed_edits, section_edit
from nearmiss.cli.voice import emit, say
from nearmiss.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nearmiss.cli.surroundings import Surroundings
    from nearmiss.engine.desk import Desk
    from nearmiss.engine.proposing.drafting import Drafted


class WhatToEditError(UsageError):
    """Neither a section nor a value was given."""

    def __init__(self, sections: tuple[str, ...]) -> None:
        super().__init__(
            "Say which section to edit, or give values with --set.", hint=f"Sections: {', '.join(sections)}."
        )


class UnknownSectionError(UsageError):
    """No section has this name."""

    def __init__(self, section: str, sections: tuple[str, ...]) -> None:
        from nearmiss.cli.input.nearest import suggestion

        super().__init__(f"A record has no section {section}.", hint=suggestion(section, sections))


@click.command(short_help="Fill in a section of a near miss.")
@record_argument
@click.argument("section", default="", metavar="[SECTION]")
@set_option
@unset_option
@click.option("--from", "source", default="", metavar="FILE", help="The section as YAML; - reads standard input.")
@click.option("--attach", "attached", multiple=True, metavar="FILE", help="Attach it to the section; repeatable.")
@click.option("--resume", is_flag=True, help="Take up the text that was kept when it could not be saved.")
@click.option("--proposal", is_flag=True, help="On the branch of the open proposal, instead of main.")
@click.option("--branch", default="", metavar="NAME", help="On this branch.")
@json_option
@click.pass_obj
def command(surroundings: Surroundings, /, *, record_id: str, section: str, as_json: bool, **said: Any) -> None:
    """Open a section in your editor, with an explanation above each field. Only what is valid is saved.

    Without an editor, give values: a list grows with list[+]=…. Drafts need nobody's approval.

    Example: nearmiss edit NM-2026-7Q4K2 assessment

    Example: nearmiss edit NM-2026-7Q4K2 --set assessment.level=low --set "assessment.reply=Thank you."

    Example: nearmiss edit NM-2026-7Q4K2 investigation --attach dock.jpg
    """
    from nearmiss.models.sections import SECTIONS

    if section and section not in SECTIONS:
        raise UnknownSectionError(section, SECTIONS)
    desk = surroundings.desk()
    branch = _branch(desk, record_id, said)
    given = bool(said["assignments"] or said["removals"] or said["source"] or said["attached"])
    if not section and (said["source"] or said["attached"] or not given):
        raise WhatToEditError(SECTIONS)
    drafted = (
        _save_given(surroundings, desk, record_id, section, branch, said)
        if given
        else _save_edited(surroundings, desk, record_id, section, branch, said)
    )
    if as_json:
        emit(drafted_as_data(drafted) if drafted else _unchanged_as_data(record_id))
    elif drafted:
        say_drafted(drafted)
        say_who_is_left(desk, drafted)
    else:
        say((record_id, "bold"), ": the text was left as it was; nothing was changed.")


def _unchanged_as_data(record_id: str) -> Mapping[str, Any]:
    return {"ok": True, "id": record_id, "changed": False}


def _branch(desk: Desk, record_id: str, said: Mapping[str, Any]) -> str:
    from nearmiss.engine.proposing.drafting import proposal_branch

    if said["proposal"] and said["branch"]:
        raise UsageError("--proposal and --branch both name a branch.", hint="Leave one of the two out.")
    return proposal_branch(desk, record_id) if said["proposal"] else str(said["branch"])


def _save_given(
    surroundings: Surroundings, desk: Desk, record_id: str, section: str, branch: str, said: Mapping[str, Any]
) -> Drafted:
    """Save values that were given; those of a file first, so that single ones can refine them."""
    from nearmiss.cli.input.attachments import read_attachments
    from nearmiss.engine.attaching import NOTHING, attach
    from nearmiss.engine.proposing.drafting import basis_of_draft, save_draft
    from nearmiss.engine.proposing.proposals import main_register
    from nearmiss.policy.plain import listed

    basis = basis_of_draft(desk, record_id, branch=branch).dossier
    data = dict(basis.data)
    edits = [section_edit(surroundings, section, said["source"])] if said["source"] else []
    data |= {str(edit.at[0]): edit.value for edit in edits}
    attached = NOTHING
    if said["attached"]:
        files = read_attachments(surroundings.at(name) for name in said["attached"])
        attached = attach(desk, basis, section, files, main_register(desk)[1].newest.settings)
        known = data[section] if isinstance(data.get(section), dict) else {}
        there = listed(known, "attachments")
        edits += attached.edits(section, len(there))
        data[section] = {**known, "attachments": [*there, *attached.entries]}
    single = proposed_edits(surroundings, desk, data, assignments=said["assignments"], removals=said["removals"])
    return save_draft(desk, record_id, [*edits, *single], branch=branch, basis=basis, files=attached.files)


def _save_edited(
    surroundings: Surroundings, desk: Desk, record_id: str, section: str, branch: str, said: Mapping[str, Any]
) -> Drafted | None:
    from nearmiss.cli.proposing.drafting import DraftText

    text = DraftText(surroundings, desk, record_id, section, branch)
    return text.resume() if said["resume"] else text.begin()
