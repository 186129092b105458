"""What each argument and option offers to a shell that completes it: records that fit, terms, people, branches."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from nearmiss.cli.completion.fields import Choice, Fields

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from nearmiss.app.offering import Known, Offering

    Source = Callable[["Typed"], Iterable[Choice]]

POLICY = "policy"
FILE, FOLDER = "file", "dir"


@dataclass(frozen=True)
class Typed:
    """What was typed so far: the command's values, and the register that it would work on."""

    context: click.Context
    word: str = ""

    @property
    def said(self) -> Mapping[str, Any]:
        """The values of the arguments and options before this one."""
        return self.context.params

    @cached_property
    def offering(self) -> Offering:
        """The register, as the folder and each `-C` say."""
        from nearmiss.app.offering import Offering

        return Offering(self.directory)

    @property
    def directory(self) -> Path:
        """The folder in which the command would work."""
        directory = getattr(self.context.obj, "directory", Path())
        for further in self.context.find_root().params.get("directories") or ():
            directory = directory / further
        return Path(directory)

    @property
    def record(self) -> Known | None:
        """The record that was named before."""
        return self.offering.records.get(self.subject)

    @property
    def subject(self) -> str:
        """What was named before: the id of a record, or `policy`."""
        from nearmiss.models.ids import is_record_id, read_id

        # Where the value of an option is being typed, click has not come to the arguments yet.
        named = [str(self.said.get("record_id") or self.said.get("subject") or ""), *self.context.args]
        return next((read_id(word) for word in named if is_record_id(read_id(word))), POLICY if POLICY in named else "")


class Offered(click.ParamType[str]):
    """A word of which a shell knows what it can be; the command itself still judges it."""

    name = "text"

    def __init__(self, source: Source) -> None:
        self._source = source

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """Offer what begins with what was typed; whatever goes wrong, nothing."""
        del param
        found: list[CompletionItem] = []
        with suppress(Exception):
            found += items(self._source(Typed(ctx, incomplete)), incomplete)
        return found


def items(choices: Iterable[Choice], begun: str) -> Iterator[CompletionItem]:
    """Yield the choices that begin with a text, whichever case it is in, as click hands them on."""
    folded = begun.casefold()
    for choice in choices:
        if choice.value in {FILE, FOLDER} and not choice.is_whole:
            yield CompletionItem(begun, type=choice.value)
        elif choice.value.casefold().startswith(folded):
            yield CompletionItem(choice.value, help=choice.help or None, is_whole=choice.is_whole)


FILES = Choice(value=FILE, is_whole=False)
FOLDERS = Choice(value=FOLDER, is_whole=False)
"""Not words, but that the shell completes the name of a file, or of a folder, itself."""


def _choices(pairs: Iterable[tuple[str, str]]) -> Iterator[Choice]:
    return (Choice(value=value, help=told) for value, told in pairs)


# Records and what is proposed for them


def records(fits: Callable[[Offering, Known], bool]) -> Source:
    """Offer the records that fit, with state and title."""

    def offer(typed: Typed) -> Iterator[Choice]:
        begun = typed.word.rpartition("=")[2].upper()
        found = [known for known in typed.offering.records.values() if known.id.startswith(begun)]
        return narrowed([known for known in found if fits(typed.offering, known)], begun)

    return offer


MOST = 400
"""Records beyond which nobody reads a list of them: the ways on from what was typed are offered instead."""


def narrowed(found: list[Known], begun: str) -> Iterator[Choice]:
    """Offer records, or where they are too many, how their ids go on: first the years, then sign by sign."""
    if len(found) <= MOST:
        yield from (Choice(value=known.id, help=f"{known.state}: {known.title}") for known in found)
        return
    ways: dict[str, int] = {}
    for known in found:
        head = known.id[: known.id.rindex("-") + 1]
        way = head if len(begun) < len(head) else known.id[: len(begun) + 1]
        ways[way] = ways.get(way, 0) + 1
    yield from (Choice(value=way, help=f"{ways[way]} records", is_whole=False) for way in sorted(ways))


def any_record(_offering: Offering, _known: Known) -> bool:
    """Every record fits."""
    return True


def is_unproposed(offering: Offering, known: Known) -> bool:
    """Records for which nothing is proposed yet."""
    return known.id not in offering.proposed


def has_open_action(offering: Offering, known: Known) -> bool:
    """Records with an action of a plan that was signed, and that is not finished."""
    planned = {
        to for step in offering.transitions if "action_plan" in step.get("seals", ()) for to in step.get("to", ())
    }
    return bool(known.open_actions) and known.state in planned


def is_closable(offering: Offering, known: Known) -> bool:
    """Records of which all that is left may go in one request."""
    from nearmiss.app.offering import is_open

    levels = offering.rules.get("workflow", {}).get("close_levels", ())
    return known.level in levels and is_open(offering, known) and is_unproposed(offering, known)


def proposed(typed: Typed) -> Iterator[Choice]:
    """Offer what is proposed: records, or the policy, with the step."""
    records_ = typed.offering.records
    for subject, step in typed.offering.proposed.items():
        title = f": {records_[subject].title}" if subject in records_ else ""
        yield Choice(value=subject, help=f"{step}{title}")


def to_advance(typed: Typed) -> Iterator[Choice]:
    """Offer the records for which nothing is proposed, and the policy."""
    yield from records(is_unproposed)(typed)
    yield Choice(value=POLICY, help="the policy files as they are now")


def transitions(typed: Typed) -> Iterator[Choice]:
    """Offer the steps that lead on from the state of the record that was named, or all."""
    state = typed.record.state if typed.record else ""
    for step in typed.offering.transitions:
        if not state or state in step["from"]:
            yield Choice(value=step["name"], help=typed.offering.label(step.get("label")))


def targets(typed: Typed) -> Iterator[Choice]:
    """Offer the states to which a step leads from that of the record."""
    state = typed.record.state if typed.record else ""
    fitting = [step for step in typed.offering.transitions if not state or state in step["from"]]
    reached = {target for step in fitting for target in step.get("to", ())} - {state}
    return (choice for choice in states(typed) if choice.value in reached)


def waivable(typed: Typed) -> Iterator[Choice]:
    """Offer the rules that the policy lets somebody waive in what is proposed for the record."""
    proposed_step = typed.offering.proposed.get(typed.subject, "")
    for step in typed.offering.transitions:
        if proposed_step in {"", "close", step["name"]}:
            yield from (
                Choice(value=rule["rule"], help=f"{step['name']}: {' or '.join(rule['by'])} may")
                for rule in step.get("waivable", ())
            )


def actions(typed: Typed) -> Iterator[Choice]:
    """Offer the open actions of the record that was named."""
    for action, owner, due in typed.record.open_actions if typed.record else ():
        yield Choice(value=action, help=f"{owner or 'nobody'}, due {due or 'some day'}")


# The register's own words


def states(typed: Typed) -> Iterator[Choice]:
    """Offer the states."""
    found = typed.offering.rules.get("workflow", {}).get("states", [])
    return (Choice(value=state["state"], help=typed.offering.label(state.get("label"))) for state in found)


def roles(typed: Typed) -> Iterator[Choice]:
    """Offer the roles."""
    found = typed.offering.rules.get("workflow", {}).get("roles", [])
    return (Choice(value=role["role"], help=typed.offering.label(role.get("label"))) for role in found)


def terms(name: str) -> Source:
    """Offer the terms of a list with their labels."""
    return lambda typed: _choices(typed.offering.terms(name))


def lists(typed: Typed) -> Iterator[Choice]:
    """Offer the lists of terms."""
    return _choices(typed.offering.lists())


def people(typed: Typed) -> Iterator[Choice]:
    """Offer everybody's handle with the name."""
    return _choices(typed.offering.people())


def levels(typed: Typed) -> Iterator[Choice]:
    """Offer how deep to go."""
    return iter(Fields(typed.offering.schema).values("assessment.level"))


def sections(_typed: Typed) -> Iterator[Choice]:
    """Offer the sections of a record."""
    from nearmiss.cli.output.sections import name_of
    from nearmiss.models.sections import SECTIONS

    return (Choice(value=section, help=name_of(section)) for section in SECTIONS)


# Assignments


def assignments(typed: Typed) -> Iterator[Choice]:
    """Offer the way to a field step by step, and after the sign of equality its values."""
    path, equals, _ = typed.word.partition("=")
    fields = Fields(typed.offering.schema)
    if not equals:
        return fields.below(path)
    return (
        Choice(value=f"{path}={choice.value}", help=choice.help)
        for choice in [*fields.values(path), *_of_kind(fields.kind(path), typed)]
    )


def _of_kind(kind: str, typed: Typed) -> Iterator[Choice]:
    sources: dict[str, Source] = {"Handle": people, "RecordId": records(any_record), "Day": today}
    return iter(sources[kind](typed) if kind in sources else ())


def today(typed: Typed) -> Iterator[Choice]:
    """Offer the day of today."""
    from nearmiss.app.opening import SystemClock

    clock = getattr(typed.context.obj, "clock", None) or SystemClock()
    yield Choice(value=clock.now().date().isoformat(), help="today")


def removals(typed: Typed) -> Iterator[Choice]:
    """Offer the way to a field step by step."""
    return Fields(typed.offering.schema).below(typed.word, ending="")


def section_files(typed: Typed) -> Iterator[Choice]:
    """Offer `section=`, and after it files."""
    if "=" in typed.word:
        yield FILES
        return
    for choice in sections(typed):
        yield Choice(value=f"{choice.value}=", help=choice.help, is_whole=False)


def links(typed: Typed) -> Iterator[Choice]:
    """Offer what a link can be about."""
    for value, told in typed.offering.terms("link-kind"):
        yield Choice(value=f"{value}=", help=told, is_whole=False)


# Branches, files, fixed words


def branches(typed: Typed) -> Iterator[Choice]:
    """Offer the branches of what is proposed for the record that was named."""
    names = typed.offering.names
    for branch in names.branches if names else ():
        if branch.startswith(f"near-miss/{typed.subject}/"):
            yield Choice(value=branch)


def revisions(typed: Typed) -> Iterator[Choice]:
    """Offer branches and tags."""
    names = typed.offering.names
    if names is None:
        return
    yield from (Choice(value=name, help="branch") for name in names.branches)
    yield from (Choice(value=name, help="branch of a remote") for name in names.remote)
    yield from (Choice(value=name, help="tag") for name in names.tags)
    yield Choice(value="HEAD", help="where you are")


def files(_typed: Typed) -> Iterator[Choice]:
    """Leave it to the shell to complete the name of a file."""
    yield FILES


def folders(_typed: Typed) -> Iterator[Choice]:
    """Leave it to the shell to complete the name of a folder."""
    yield FOLDERS


def words(*fixed: str) -> Source:
    """Offer fixed words."""
    return lambda _typed: (Choice(value=word) for word in fixed)


def mappings(typed: Typed) -> Iterator[Choice]:
    """Offer the mappings that come with the program or lie in the register, and files."""
    from nearmiss.shipped import shipped

    tops = [shipped("templates", "mappings")]
    tops += [typed.offering.root / "templates" / "mappings"] if typed.offering.root else []
    names = sorted({path.stem for top in tops for path in top.glob("*.yaml")})
    yield from (Choice(value=name, help="mapping") for name in names)
    yield FILES


def schemas(typed: Typed) -> Iterator[Choice]:
    """Offer the schemas by name."""
    found = typed.offering.root.glob("schemas/*.schema.json") if typed.offering.root else ()
    return (Choice(value=path.name.removesuffix(".schema.json")) for path in sorted(found))


def presets(_typed: Typed) -> Iterator[Choice]:
    """Offer the presets of a team."""
    from nearmiss.shipped import shipped

    told = {"small": "one signs", "standard": "keys where it matters most", "regulated": "more sign, nothing is waived"}
    for path in sorted(shipped("templates", "presets").glob("*.yaml")):
        yield Choice(value=path.stem, help=told.get(path.stem, ""))
