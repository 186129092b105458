"""`nearmiss init`: lays down a register in a folder, with an owner and everybody else who is named."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from nearmiss.cli.options import json_option
from nearmiss.cli.voice import can_ask, emit, say
from nearmiss.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from nearmiss.app.adding_forge import ForgeAdded
    from nearmiss.cli.surroundings import Surroundings
    from nearmiss.engine.founding import Founded
    from nearmiss.engine.ports import Identity

Entry = dict[str, Any]
"""A person as people.yaml has them."""

SETTINGS = {"organisation": "organisation", "prefix": "id_prefix", "call": "not_safe_call", "language": "language"}
"""Which setting an option fills."""

AS_SHIPPED = {"organisation": "the organisation's name", "call": "whom to call when something is not safe"}
"""What everybody reads, and what no shipped value can say, by the option that says it."""


class OwnerNeededError(UsageError):
    """Nobody said whose register it will be."""

    def __init__(self) -> None:
        super().__init__(
            "A register needs an owner, and git does not know who you are.",
            hint="Give --owner-name and --owner-email, or set git config --global user.name and user.email.",
        )


class BadPersonError(UsageError):
    """A person was not described as they must be."""

    def __init__(self, said: str) -> None:
        super().__init__(
            f"{said} does not describe a person.",
            hint="Write --person 'handle;Name;e-mail;role+role', as 's.ito;Sora Ito;s.ito@example.org;investigator'.",
        )


class OnlyForgeError(UsageError):
    """A register that is there already was to be founded once more."""

    def __init__(self, options: Sequence[str]) -> None:
        super().__init__(
            f"This is a register already, and {', '.join(options)} would found one.",
            hint="With --forge alone, the files of a forge are added that it has not. What else it says is policy.",
        )


@click.command(short_help="Lay down a register in a folder.")
@click.argument("directory", default=".", metavar="[DIR]")
@click.option("--team", default="standard", metavar="PRESET", help="small, standard or regulated: how many sign.")
@click.option("--owner-name", default="", help="Your name, as it is printed beside what you sign.")
@click.option("--owner-email", default="", help="The address under which you commit.")
@click.option("--owner-handle", default="", help="Your short name, such as a.example.")
@click.option(
    "--person", "persons", multiple=True, metavar="'HANDLE;NAME;EMAIL;ROLE+ROLE'", help="Another; repeatable."
)
@click.option("--people", "people_file", default="", metavar="FILE", help="A people.yaml with all others.")
@click.option("--organisation", default="", metavar="NAME", help="The name that people read.")
@click.option("--prefix", default="", metavar="NM", help="What record ids begin with.")
@click.option("--language", default="", metavar="CODE", help="The language of labels and of the site, such as de.")
@click.option("--branch", default="main", metavar="NAME", help="The branch on which records are in force.")
@click.option("--forge", default="", metavar="NAME", help="github, gitlab, forgejo or plain: lays down its gate too.")
@click.option("--call", default="", metavar="TEXT", help="Whom to call when something is not safe.")
@json_option
@click.pass_obj
def command(surroundings: Surroundings, /, *, directory: str, as_json: bool, **said: Any) -> None:
    """Lay down a register in DIR: its process, vocabulary, templates and site, in the first commit of a repository.

    You become its owner. One person alone cannot approve what they wrote: name the others with --person or --people,
    or later in workflow/policy/people.yaml.

    In a register that is there, --forge alone adds the files of a forge that it has not, to be looked at and proposed.

    Example: nearmiss init near-misses --owner-name "Ada Example" --owner-email ada@example.org
    """
    from nearmiss.app.adding_forge import is_register
    from nearmiss.app.forge_files import PAGE
    from nearmiss.app.founding import found, read_preset
    from nearmiss.engine.founding import Charter

    place = surroundings.at(directory)
    if said["forge"] and is_register(place):
        _add_forge(place, said["forge"], as_json=as_json)
        return
    preset = read_preset(said["team"])
    owner = _owner(surroundings, said)
    others = [*_from_file(surroundings, said["people_file"]), *(person_of(each) for each in said["persons"])]
    settings = {setting: said[option] for option, setting in SETTINGS.items() if said[option]}
    founded, desk = found(
        place,
        Charter(people=[owner, *others], settings=settings, preset=preset),
        branch=said["branch"],
        forge=said["forge"],
        clock=surroundings.clock,
        chance=surroundings.chance,
        identity=_identity(owner),
    )
    desk.repository.close()  # type: ignore[attr-defined]  # the adapter holds processes
    if as_json:
        emit(founded_as_data(founded, directory))
        return
    _tell(founded, directory, owner, [words for option, words in AS_SHIPPED.items() if not said[option]])
    if said["forge"]:
        say(f"What to set on the forge: {PAGE}, and in ci/nearmiss.txt which nearmiss judges there.")


def founded_as_data(founded: Founded, directory: str) -> Mapping[str, Any]:
    """Return what was laid down as JSON has it: ok, directory, instance, branch, commit, files, people."""
    return {
        "ok": True,
        "directory": directory,
        "instance": founded.instance,
        "branch": founded.branch,
        "commit": founded.commit,
        "files": founded.files,
        "people": list(founded.people),
    }


def _owner(surroundings: Surroundings, said: Mapping[str, Any]) -> Entry:
    from nearmiss.app.places import personal_identity
    from nearmiss.engine.founding import OWNER_ROLES

    known = surroundings.identity or personal_identity(surroundings.directory)
    name, email = said["owner_name"], said["owner_email"]
    if can_ask():
        name = name or _ask("Your name", known.name if known else "")
        email = email or _ask("Your e-mail address", known.email if known else "")
    elif known is not None:
        name, email = name or known.name, email or known.email
    if not name or not email:
        raise OwnerNeededError
    handle = said["owner_handle"] or handle_of(name)
    return _person(handle, name, email, OWNER_ROLES)


def _ask(question: str, known: str) -> str:
    return str(click.prompt(question, default=known, show_default=bool(known)))


def _identity(owner: Entry) -> Identity:
    from nearmiss.engine.ports import Identity

    return Identity(name=owner["name"], email=owner["emails"][0])


def handle_of(name: str) -> str:
    """Make a handle of a name: `Ada Example` becomes `a.example`."""
    letters = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    words = re.findall(r"[a-z][a-z0-9]*", letters)
    if not words:
        return "owner"
    return f"{words[0][0]}.{words[-1]}" if len(words) > 1 else words[0]


def person_of(said: str) -> Entry:
    """Return the person that `handle;Name;e-mail;role+role` describes; raises BadPersonError.

    No role has a comma or a space in its name, so these part roles as well.
    """
    parts = [part.strip() for part in said.split(";")]
    if len(parts) not in {3, 4} or not all(parts[:3]):
        raise BadPersonError(said)
    roles = parts[3] if len(parts) > 3 else ""  # noqa: PLR2004 - the roles come fourth
    return _person(parts[0], parts[1], parts[2], [role for role in re.split(r"[+,\s]+", roles) if role])


def _person(handle: str, name: str, email: str, roles: Sequence[str]) -> Entry:
    grants = [{"role": role} for role in roles]
    return {"handle": handle, "name": name, "emails": [email], "kind": "person", "roles": grants}


def _from_file(surroundings: Surroundings, name: str) -> list[Entry]:
    from nearmiss.app.documents import read_mapping

    if not name:
        return []
    people = read_mapping(surroundings.at(name)).data.get("people")
    if not isinstance(people, list):
        raise UsageError(f"{name} has no list called people.", hint="It is written as workflow/policy/people.yaml is.")
    return people


def _tell(founded: Founded, directory: str, owner: Entry, unsaid: Sequence[str]) -> None:
    where = "here" if directory == "." else f"in {directory}"
    say(f"A near-miss register is laid down {where}: {founded.files} files, on the branch {founded.branch}.")
    say(f"Its owner is {owner['name']} ({owner['handle']}).")
    to_do = []
    if len(founded.people) == 1:
        to_do.append("One person alone cannot approve what they wrote. Add the others to workflow/policy/people.yaml.")
    if unsaid:
        to_do.append(f"Everybody reads {' and '.join(unsaid)}. Say it in workflow/policy/settings.yaml.")
    if to_do:
        say("")
        for line in to_do:
            say(line)
        say("Then propose that as a change of the policy:")
        say("  nearmiss advance policy")
    say("")
    go = "" if directory == "." else f"cd {directory} && "
    say("Next: ", (f"{go}nearmiss report", "bold"))


def _add_forge(place: Path, forge: str, *, as_json: bool) -> None:
    """Add the files of a forge to a register that is there."""
    from nearmiss.app.adding_forge import add_forge

    context = click.get_current_context()
    founding = [param for param in context.command.params if param.name not in {"directory", "forge", "as_json"}]
    given = [
        param for param in founding if context.get_parameter_source(param.name or "") is not ParameterSource.DEFAULT
    ]
    if given:
        raise OnlyForgeError([param.opts[0] for param in given])
    added = add_forge(place, forge)
    if as_json:
        emit(added_as_data(added))
    else:
        _tell_added(added)


def added_as_data(added: ForgeAdded) -> Mapping[str, Any]:
    """Return what was added as JSON has it: ok, forge, written, kept, apart, settings."""
    return {
        "ok": True,
        "forge": added.forge,
        "written": list(added.written),
        "kept": list(added.kept),
        "apart": list(added.apart),
        "settings": added.settings,
    }


def _tell_added(added: ForgeAdded) -> None:
    from nearmiss.app.forge_files import PAGE

    if not added.written and not added.settings:
        say(f"All that {added.forge} needs is here already; nothing was written.")
        return
    if added.written:
        say(f"Written for {added.forge}: {len(added.written)} files.")
    for path in added.written:
        say(f"  {path}")
    if added.kept:
        say(f"Left as they are, since they were here: {', '.join(added.kept)}.")
    if added.settings:
        say("workflow/policy/settings.yaml names the forge now, and its page of settings as a part of the policy.")
    say("")
    say(f"Nothing is committed. Read {PAGE}, and name in ci/nearmiss.txt which nearmiss judges.")
    if added.apart:
        paths = " ".join(added.apart)
        say("A page of the site is no policy until the settings say so. Commit it first, by itself:")
        say("  ", (f"git add {paths} && git commit -m 'How the register is protected' -- {paths}", "bold"))
    say("Then propose the rest as a change of the policy:")
    say("  ", ("nearmiss advance policy", "bold"))
