"""The questions that a reporter is asked on a terminal: plain words, and Enter skips all but what happened."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click

from nearmiss.cli.input.answers import short_answer, text_answer
from nearmiss.cli.voice import flow, heading, say, width

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from nearmiss.engine.desk import Desk
    from nearmiss.models.vocabulary import Term, VocabularyList
    from nearmiss.policy.version import PolicyVersion

_TIME = re.compile(r"([01]?[0-9]|2[0-3])[:.]([0-5][0-9])")
MOST_COLUMNS = 4
SAFE = {"y": "yes", "yes": "yes", "n": "no", "no": "no", "u": "unknown", "unknown": "unknown", "": ""}
MODES = {"": "named", "y": "named", "yes": "named", "c": "confidential", "a": "anonymous", "n": "anonymous"}


def interview(desk: Desk, *, mode: str) -> tuple[str, dict[str, Any]]:
    """Ask the questions and return how the person wants to be known, and the answers that they gave."""
    from nearmiss.engine.proposing.proposals import main_register

    desk.require_branch()
    _, register = main_register(desk)
    policy = register.newest
    mode = _mode_of_stranger(desk, policy, mode)
    flow(("Enter skips a question. No names, please: it matters what happened, not to whom.", "dim"))
    answers: dict[str, Any] = {"made_safe": _safety(policy)}
    heading("What happened?")
    answers["what_happened"] = _required()
    heading("What could have happened?")
    answers["what_could_have_happened"] = text_answer()
    answers |= _what_stopped_it(policy)
    for field, name, question in (
        ("site", "site", "At which site?"),
        ("process_area", "area", "In which area?"),
        ("location", "location", "Where exactly?"),
    ):
        answers[field] = _choice(question, policy.vocabulary.get(name), policy.settings.language)
    answers |= _when(desk.clock.now().date(), mode)
    if mode == "named":
        mode = _mode()
    return mode, {field: answer for field, answer in answers.items() if answer}


def _required() -> str:
    while not (answer := text_answer()):
        say("A sentence is enough, but this one is needed. (Ctrl-C ends without a report.)")
    return answer


def _one_of(question: str, meanings: Mapping[str, str]) -> str:
    heading(question)
    while (answer := short_answer().lower()) not in meanings:
        say("Please answer with one of the letters, or Enter.")
    return meanings[answer]


def _safety(policy: PolicyVersion) -> str:
    answer = _one_of("Is it safe now? (y = yes, n = no, u or Enter = not known)", SAFE)
    if answer == "no":
        say(("Make it safe first if you can do so without risk. Call at once: ", "red"))
        say(("  " + policy.settings.not_safe_call, "bold"))
    return answer


def _mode_of_stranger(desk: Desk, policy: PolicyVersion, mode: str) -> str:
    """Offer whoever is not on the list of people to report without a name."""
    known = desk.identity is not None and policy.people.by_email(desk.identity.email) is not None
    if mode != "named" or known:
        return mode
    who = desk.identity.email if desk.identity else "Whoever git takes you for"
    say(f"{who} is not on the list of people here, so this report cannot carry your name.")
    if not click.confirm("Report without a name?", default=True):
        raise click.Abort
    return "anonymous"


def _mode() -> str:
    question = "May your name be on it? (Enter = yes, c = no name but the day, a = no trace of you at all)"
    return _one_of(question, MODES)


def _what_stopped_it(policy: PolicyVersion) -> dict[str, Any]:
    barrier = _choice("What stopped it?", policy.vocabulary.get("barrier"), policy.settings.language)
    if not barrier:
        return {}
    heading("How did that stop it?")
    how = text_answer()
    return {"what_stopped_it": {"barrier": barrier} | ({"how": how} if how else {})}


def _choice(question: str, terms: VocabularyList | None, language: str) -> str:
    """Offer the terms of a list by number; a term, a label or a synonym is understood too."""
    offered = [term for term in terms.terms if not term.retired] if terms else []
    if not offered:
        return ""
    heading(question)
    _offer(offered, language)
    while answer := short_answer():
        found = _understand(answer, offered)
        if found:
            return found
        say("That is none of these. Give its number, or Enter to leave it open.")
    return ""


def _offer(terms: list[Term], language: str) -> None:
    from nearmiss.models.vocabulary import label_of

    labels = [f"{number:3} {label_of(term.label, language)}" for number, term in enumerate(terms, 1)]
    wide = max(map(len, labels)) + 2
    columns = max(1, min(width() // wide, MOST_COLUMNS))
    rows = -(-len(labels) // columns)
    for row in range(rows):
        say("".join(label.ljust(wide) for label in labels[row::rows]).rstrip())


def _understand(answer: str, terms: list[Term]) -> str:
    """Return the term that an answer means: by number, by name, label or synonym, or by the beginning of one alone."""
    if answer.isdecimal():
        return terms[int(answer) - 1].term if 0 < int(answer) <= len(terms) else ""
    wanted = answer.casefold()
    words = {term.term: [word.casefold() for word in _words_for(term)] for term in terms}
    same = [term for term, names in words.items() if wanted in names]
    alike = [term for term, names in words.items() if any(name.startswith(wanted) for name in names)]
    found = same or alike
    return found[0] if len(found) == 1 or same else ""


def _words_for(term: Term) -> list[str]:
    return [term.term, *term.label.values(), *(term.synonyms or ())]


def _when(today: date, mode: str) -> dict[str, Any]:
    heading("When? (today, yesterday, or a date such as 2026-11-20)")
    while answer := short_answer():
        day = read_day(answer, today)
        if day:
            return {"occurred_on": day} | (_time() if mode == "named" and len(day) == len("2026-11-20") else {})
        say("That is no date up to today. Write year-month-day, year-month, or Enter.")
    return {}


def read_day(answer: str, today: date) -> str:
    """Return the date that is meant, as precisely as it was said; an empty text where it is none, or lies ahead."""
    from nearmiss.models.values import read_partial_date

    words = {"today": today, "yesterday": today - timedelta(days=1)}
    if answer.lower() in words:
        return words[answer.lower()].isoformat()
    span = read_partial_date(answer)
    return answer if span and span[0] <= today else ""


def _time() -> dict[str, Any]:
    heading("At what time? (14:20)")
    while answer := short_answer():
        match = _TIME.fullmatch(answer)
        if match:
            return {"occurred_at": f"{int(match[1]):02d}:{match[2]}"}
        say("Write hours and minutes, such as 14:20, or Enter.")
    return {}
