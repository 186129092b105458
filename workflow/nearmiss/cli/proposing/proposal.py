"""What a proposal is made from and what is said of it: edits from options and files, and whose turn it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nearmiss.cli.findings import finding_as_data, say_findings
from nearmiss.cli.input.assignments import edits_of, without_nothing
from nearmiss.cli.proposing.pushing import pushed_as_data
from nearmiss.cli.voice import say
from nearmiss.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nearmiss.cli.surroundings import Surroundings
    from nearmiss.engine.desk import Desk
    from nearmiss.engine.documents import Edit
    from nearmiss.engine.forges.opening import Taken
    from nearmiss.engine.proposing.advancing import Advanced
    from nearmiss.policy.dossier import Dossier
    from nearmiss.policy.proposed import Proposed


class BadSectionFileError(UsageError):
    """What was given to `--from` does not say which section it is for."""

    def __init__(self, said: str) -> None:
        super().__init__(f"{said} does not name a section.", hint="Write --from assessment=assessment.yaml.")


def edits_on_main(
    surroundings: Surroundings, desk: Desk, record_id: str, said: Mapping[str, Any]
) -> tuple[list[Edit], Dossier]:
    """Return the edits that the options of a proposal ask for, and the record of the main branch they count from."""
    from nearmiss.engine.proposing.drafting import basis_of_draft
    from nearmiss.engine.proposing.proposals import main_register

    main = main_register(desk)[1].newest.settings.main_branch
    basis = basis_of_draft(desk, record_id, branch=main).dossier
    edits = proposed_edits(
        surroundings,
        desk,
        basis.data,
        assignments=said["assignments"],
        removals=said["removals"],
        sources=said["sources"],
    )
    return edits, basis


def proposed_edits(
    surroundings: Surroundings,
    desk: Desk,
    data: Mapping[str, Any],
    *,
    assignments: Sequence[str],
    removals: Sequence[str],
    sources: Sequence[str] = (),
) -> list[Edit]:
    """Return the edits that `--from SECTION=FILE`, `--set` and `--unset` ask for, in this order."""
    edits = [section_edit(surroundings, *_section_and_file(source)) for source in sources]
    known: dict[str, Any] = {**data, **{str(edit.at[0]): edit.value for edit in edits}}
    return [*edits, *edits_of(assignments, removals, data=known, documents=desk.documents)]


def _section_and_file(said: str) -> tuple[str, str]:
    section, equals, name = said.partition("=")
    if not equals or not name:
        raise BadSectionFileError(said)
    return section, name


def section_edit(surroundings: Surroundings, section: str, name: str) -> Edit:
    """Return the edit that puts a file's mapping, or what it has under the section's own name, in a section's place."""
    from nearmiss.app.documents import read_mapping

    return section_put(section, read_mapping(surroundings.at(name)).data)


def section_put(section: str, data: Mapping[str, Any]) -> Edit:
    """Return the edit that puts a section in place, without what was left empty in it."""
    from nearmiss.engine.documents import Edit

    wrapped = set(data) == {section}
    value = without_nothing(data[section] if wrapped else data)
    return Edit(at=(section,), value=value) if value is not None else Edit(at=(section,), remove=True)


def advanced_as_data(advanced: Advanced, pushed: Taken | None = None) -> dict[str, Any]:
    """Return a proposal as JSON has it: ok, id, branch, commit, steps, findings, and pushed (see `pushed_as_data`).

    A step has transition, from, to, seals, contributors, missing (in words) and candidates (handles).
    """
    return {
        "ok": True,
        "id": advanced.id,
        "branch": advanced.branch,
        "commit": advanced.commit,
        "steps": [step_as_data(step) for step in advanced.steps],
        "findings": [finding_as_data(finding) for finding in advanced.findings],
        "pushed": pushed_as_data(pushed),
    }


def step_as_data(step: Proposed) -> dict[str, Any]:
    """Return a proposed step as JSON has it."""
    return {
        "seq": step.seq,
        "transition": step.transition.name,
        "from": step.from_,
        "to": step.to,
        "meaning": step.transition.meaning,
        "seals": [part for part, digest in step.parts.items() if digest],
        "contributors": sorted(step.contributors),
        "signed": list(step.signed),
        "objected": list(step.objected),
        "missing": list(step.missing),
        "candidates": list(step.candidates),
        "assurance": step.assurance,
    }


def say_advanced(advanced: Advanced) -> None:
    """Say what is proposed, whose turn it is, and what to run next."""
    states = " → ".join([advanced.steps[0].from_, *(step.to for step in advanced.steps)])
    names = ", ".join(step.transition.name for step in advanced.steps)
    say((advanced.id, "bold"), f": {names} ({states}) is proposed.")
    say(f"Branch: {advanced.branch}")
    for step in advanced.steps:
        say_waiting(step)
    warnings = [finding for finding in advanced.findings if finding.severity == "warning"]
    say_findings(warnings)
    if any(step.missing and not (step.candidates or step.keyless) for step in advanced.steps):
        # Who may was just answered by "nobody", with the way out.
        return
    say("")
    say("Next, somebody who may sign looks at it and decides:")
    say(f"  nearmiss review {advanced.id}")
    say(f"  nearmiss approve {advanced.id}")


def say_waiting(step: Proposed) -> None:
    """Say for what a step waits, and who may give it."""
    from nearmiss.policy.signing import in_turn, way_out

    if not step.missing:
        return
    whose = in_turn(step.candidates, step.keyless) or way_out(step.transition)
    say(f"{step.transition.name} waits for {' and '.join(step.missing)}. Who may: {whose}.")
