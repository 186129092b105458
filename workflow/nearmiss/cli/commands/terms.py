"""`nearmiss terms`: the lists of terms that rule the fields of a record, and what each term means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from nearmiss.cli.options import json_option
from nearmiss.cli.voice import emit, flow, one_line, paragraph, say
from nearmiss.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nearmiss.cli.surroundings import Surroundings
    from nearmiss.models.vocabulary import Term, VocabularyList


class UnknownListError(UsageError):
    """No list of terms has this name."""

    def __init__(self, name: str, known: list[str]) -> None:
        from nearmiss.cli.input.nearest import suggestion

        super().__init__(f"There is no list {name}.", hint=suggestion(name, known))


@click.command(short_help="Show the terms that records may use.")
@click.argument("name", default="", metavar="[LIST]")
@click.option("--retired", "with_retired", is_flag=True, help="Those too that are not to be used any more.")
@json_option
@click.pass_obj
def command(surroundings: Surroundings, /, *, name: str, with_retired: bool, as_json: bool) -> None:
    """Show the lists of terms, or those of one LIST: what each means, and by which other words it is known.

    They are those in force on the main branch. A change is a change of policy: edit schemas/vocabulary/.

    Example: nearmiss terms hazard
    """
    from nearmiss.engine.proposing.proposals import main_register

    policy = main_register(surroundings.desk())[1].newest
    if name and name not in policy.vocabulary:
        raise UnknownListError(name, sorted(policy.vocabulary))
    language = policy.settings.language
    if as_json:
        wanted = [policy.vocabulary[name]] if name else list(policy.vocabulary.values())
        emit({"ok": True, "lists": [_as_data(one, with_retired=with_retired) for one in wanted]})
    elif name:
        _say_terms(policy.vocabulary[name], language, with_retired=with_retired)
    else:
        _say_lists(policy.vocabulary, language)


def _as_data(one: VocabularyList, *, with_retired: bool) -> dict[str, Any]:
    """Return a list as JSON has it: name, label, fields, terms; a term has term, label, help, synonyms, retired."""
    return {
        "name": one.vocabulary,
        "label": dict(one.label),
        "fields": _fields_of(one.vocabulary),
        "terms": [
            {
                "term": term.term,
                "label": dict(term.label),
                "help": dict(term.help or {}),
                "synonyms": list(term.synonyms or ()),
                "retired": bool(term.retired),
            }
            for term in one.terms
            if with_retired or not term.retired
        ],
    }


def _fields_of(name: str) -> list[str]:
    """Return the fields of a record that hold terms of a list."""
    from nearmiss.models.terms import vocabulary_paths

    return [path for path, ruled_by in vocabulary_paths() if ruled_by == name]


def _say_lists(vocabulary: Mapping[str, VocabularyList], language: str) -> None:
    from nearmiss.models.vocabulary import label_of

    for name, one in sorted(vocabulary.items()):
        used = sum(not term.retired for term in one.terms)
        flow((name, "bold"), f"  {one_line(label_of(one.label, language))}: {used} terms", hang=2)
        say(paragraph(f"for {', '.join(_fields_of(name)) or 'no field'}", indent=2))
    say("")
    say("Their terms: nearmiss terms LIST")


def _say_terms(one: VocabularyList, language: str, *, with_retired: bool) -> None:
    from nearmiss.models.vocabulary import label_of

    say(paragraph(f"{label_of(one.label, language)}, for {', '.join(_fields_of(one.vocabulary)) or 'no field'}"))
    say("")
    for term in one.terms:
        if term.retired and not with_retired:
            continue
        flow((term.term, "bold"), f"  {one_line(label_of(term.label, language))}", *_retired(term), hang=2)
        if term.help:
            say(paragraph(label_of(term.help, language), indent=4))
        if term.synonyms:
            say(paragraph(f"also: {', '.join(term.synonyms)}", indent=4))


def _retired(term: Term) -> list[str | tuple[str, str]]:
    return [("  not to be used any more", "yellow")] if term.retired else []
