"""What the pages of everybody show: choices in the reader's words, fields as they were typed, and what is wrong."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from nearmiss.intake.reporting.answers import LISTS, LONGEST_REPORT, Asked, Said, terms_in_use
from nearmiss.intake.reporting.calling import parts_of
from nearmiss.intake.reporting.uploads import accepted
from nearmiss.models.values import LONGEST_LINE
from nearmiss.render.languages import N_, with_broader

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

    from nearmiss.engine.intake.values import Followed
    from nearmiss.intake.house import House
    from nearmiss.policy.version import PolicyVersion
    from nearmiss.render.languages import Words

ANCHORS = {"made_safe": "safe", "day": "when", "mode": "mode"}
"""Where a fault leads that is not told at a field of the same name."""

IN_THE_REGISTER = N_("It is in the register. The team has not judged it yet.")
STATES = {
    "reported": IN_THE_REGISTER,
    "investigated": N_("The team has judged it and looked into what happened."),
    "root-caused": N_("The causes are found. What is to be done is being agreed."),
    "action": N_("It is decided what is to be done, and it is being done."),
    "verified": N_("It is done, and somebody has checked that it works."),
    "declined": N_("The team has decided not to go on with it."),
    "escalated": N_("It was more than a near miss, and is handled as an incident."),
}
WAITS = N_("It is stored and waits for somebody of the team to read it. It is not in the register yet.")
READ = N_("It has been read, and waits to go into the register together with others.")
PROPOSED = N_("It is written down and waits for the team's approval. It is not in the register yet.")
ABSENT = N_("It is not in the register at the moment. Write to the team if you want to know why.")
DISCARDED = N_("It was not put into the register.")


OUTSIDE = {"waiting": WAITS, "read": READ, "proposed": PROPOSED, "absent": ABSENT, "discarded": DISCARDED}
"""What is said of a report that is not in the register."""


def asked_of(house: House, language: str, *, is_signed_in: bool = False) -> Asked:
    """Return what the form of a house may be answered with today."""
    return Asked(
        terms=terms_in_use(house.policy.vocabulary),
        modes=house.rules.modes,
        today=house.intake.clock.now().date(),
        language=language,
        is_signed_in=is_signed_in,
    )


def choices(policy: PolicyVersion, words: Words, name: str) -> list[tuple[str, str]]:
    """Return the terms of a list that are in use, each with its label in the language of the words."""
    terms = policy.vocabulary[name].terms if name in policy.vocabulary else ()
    return [(term.term, label_in(term.label, words)) for term in terms if not term.retired]


def label_in(labels: Mapping[str, str], words: Words) -> str:
    """Return a label in the language of the words, else as their catalogue says the English one, else any."""
    own = next((labels[name] for name in with_broader(words.language) if labels.get(name)), "")
    return own or words.plain(labels.get("en", "")) or next(iter(labels.values()), "")


def in_words(said: Said, words: Words) -> str:
    """Return a sentence in the language of whoever reads it."""
    return words.gettext(said.sentence, **said.places)


def form_of(
    house: House, words: Words, typed: Mapping[str, str], faults: Mapping[str, Said], *, token: str
) -> dict[str, Any]:
    """Return what the form shows."""
    policy, rules = house.policy, house.rules
    today = house.intake.clock.now().date()
    latest = today + timedelta(days=rules.contact_kept_at_most_days)
    return {
        **{f"{name}s": choices(policy, words, list_name) for name, list_name in LISTS.items()},
        "typed": typed,
        "errors": {name: in_words(said, words) for name, said in faults.items()},
        "anchors": {name: ANCHORS.get(name, name) for name in faults},
        "modes": list(rules.modes),
        "token": token,
        "today": today.isoformat(),
        "contact_days": rules.contact_kept_days,
        "contact_until": words.date(latest.isoformat()),
        "longest": LONGEST_REPORT,
        "longest_line": LONGEST_LINE,
        "accepted": accepted(policy.settings),
        "most_files": rules.limits.files,
        "most_bytes": rules.limits.largest_request_bytes,
        "call_parts": parts_of(words.plain(policy.settings.not_safe_call)),
        "alarms": house.mailer is not None,
        "signed_in": "",
        "alarm_said": "",
        "files_lost": False,
    }


def state_of(followed: Followed, policy: PolicyVersion, words: Words) -> str:
    """Return in a sentence where a report stands."""
    if followed.state in OUTSIDE:
        return words.gettext(OUTSIDE[followed.state])
    if followed.record_state in STATES:
        return words.gettext(STATES[followed.record_state])
    state = next((one for one in policy.workflow.states if one.state == followed.record_state), None)
    return label_in(state.label, words) if state else words.gettext(IN_THE_REGISTER)


def house_of(request: Request) -> House:
    """Return the house that a request came to."""
    house: House = request.app.state.house
    return house
