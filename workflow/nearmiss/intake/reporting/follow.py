"""Following a report: with number and key one reads what became of it, writes to the team, and may disagree."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from starlette.responses import RedirectResponse

from nearmiss.engine.intake.errors import (
    MayNotDisagreeError,
    NotThisReceiptError,
    NotWaitingError,
    NoWordsError,
    TooManyMessagesError,
)
from nearmiss.engine.intake.following import LONGEST_MESSAGE, disagree, follow, write
from nearmiss.intake.languages import CHOSEN
from nearmiss.intake.reporting.answers import Said, message_in
from nearmiss.intake.reporting.pages import house_of, in_words, label_in, state_of
from nearmiss.intake.reporting.seals import LASTS, Following, Seals
from nearmiss.render.languages import N_

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.requests import Request
    from starlette.responses import Response

    from nearmiss.engine.desk import Desk
    from nearmiss.engine.intake.values import Followed, Intake
    from nearmiss.intake.house import House
    from nearmiss.render.languages import Words

COOKIE = "nearmiss-follow"

NO_SUCH = N_("No report opens with this number and key. Look at both again.")
TOO_MANY = N_("Very many people try this at the moment. Try again in a minute.")
SENT = N_("Your message is with the team.")
DISAGREED = N_("It is noted that you disagree. The team has to look at it again.")
NOTHING_TO_DISAGREE = Said(
    sentence=N_("There is nothing to disagree with any more. Write a message to the team instead.")
)
TOO_MANY_MESSAGES = N_(
    "You have sent %(most)s messages that the team has not answered yet. Wait for the answer, or write again later: "
    "tomorrow, or next month if the report is anonymous."
)
MANY_MESSAGES = Said(sentence=N_("Very many messages come in at the moment. Send it again in a minute."))
NO_WORDS = Said(sentence=N_("Write something first."))

UNPROCESSABLE, TOO_MANY_STATUS = 422, 429
DONE = {"sent": SENT, "disagreed": DISAGREED}


async def show_door(request: Request) -> Response:
    """Ask for number and key; who has shown them a while ago is led on."""
    if _following(request) is not None:
        return _go(request, "/follow/report")
    return _door(request)


async def open_door(request: Request) -> Response:
    """Open a report with number and key; a wrong number and a wrong key are answered alike."""
    house = house_of(request)
    given = house.form(request)
    number, key = (_said(given.get(name)) for name in ("number", "key"))
    if not house.rates.allows("try"):
        return _door(request, number=number, refused=TOO_MANY, status=TOO_MANY_STATUS)
    following = Following(number=number.upper(), key=key)
    if not number or not key or await _followed(house, following) is None:
        return _door(request, number=number, refused=NO_SUCH, status=UNPROCESSABLE)
    house.rates.give_back("try")
    answer = _go(request, "/follow/report")
    answer.set_cookie(
        COOKIE,
        _seals(house).seal(following),
        max_age=LASTS,
        path=house.address(request, "/follow"),
        secure=house.is_secure(request),
        httponly=True,
        samesite="strict",
    )
    return answer


async def show_report(request: Request) -> Response:
    """Show what became of a report."""
    said = DONE.get(request.query_params.get("done", ""), "")
    return await _report(request, said=said)


async def send_message(request: Request) -> Response:
    """Send a message to the team."""
    return await _change(request, _write, field="text", done="sent")


async def send_disagreement(request: Request) -> Response:
    """Say that one disagrees, and why."""
    return await _change(request, _disagree, field="why", done="disagreed")


async def leave(request: Request) -> Response:
    """Close the report in this browser."""
    house = house_of(request)
    answer = _go(request, "/follow")
    answer.delete_cookie(
        COOKIE,
        path=house.address(request, "/follow"),
        secure=house.is_secure(request),
        httponly=True,
        samesite="strict",
    )
    return answer


async def _change(
    request: Request, change: Callable[[Intake, Following, str, Desk], None], *, field: str, done: str
) -> Response:
    house = house_of(request)
    following = _following(request)
    if following is None:
        return _go(request, "/follow")
    typed = _said(house.form(request).get("text"), most=LONGEST_MESSAGE + 1)
    text, fault = message_in(typed, most=LONGEST_MESSAGE)
    status = UNPROCESSABLE
    if fault is None and not house.rates.allows("message"):
        fault, status = MANY_MESSAGES, TOO_MANY_STATUS
    if fault is not None:
        return await _report(request, typed={field: typed}, faults={field: fault}, status=status)
    try:
        await house.read(partial(change, house.intake, following, text))
    except (NotThisReceiptError, NotWaitingError):
        return _go(request, "/follow/report")
    except (NoWordsError, TooManyMessagesError, MayNotDisagreeError) as error:
        field, fault, status = _refusal(error, field)
        return await _report(request, typed={field: typed}, faults={field: fault}, status=status)
    return _go(request, "/follow/report", done=done)


def _refusal(error: NoWordsError | TooManyMessagesError | MayNotDisagreeError, field: str) -> tuple[str, Said, int]:
    """Return at which field it is told why something was not taken, in which words, and with which status."""
    if isinstance(error, TooManyMessagesError):
        return field, Said(sentence=TOO_MANY_MESSAGES, places={"most": error.most}), TOO_MANY_STATUS
    if isinstance(error, MayNotDisagreeError):
        return "text", NOTHING_TO_DISAGREE, UNPROCESSABLE
    return field, NO_WORDS, UNPROCESSABLE


def _write(intake: Intake, following: Following, text: str, _desk: Desk) -> None:
    write(intake, number=following.number, key=following.key, text=text)


def _disagree(intake: Intake, following: Following, text: str, desk: Desk) -> None:
    disagree(intake, desk, number=following.number, key=following.key, text=text)


async def _report(
    request: Request,
    *,
    said: str = "",
    typed: Mapping[str, str] | None = None,
    faults: Mapping[str, Said] | None = None,
    status: int = 200,
) -> Response:
    house = house_of(request)
    words = house.words(request)
    following = _following(request)
    shown = await _followed(house, following) if following is not None else None
    if shown is None:
        return _go(request, "/follow")
    data = {
        "shown": shown,
        "state": state_of(shown, house.policy, words),
        "reason": _reason(house, shown, words),
        "said": words.gettext(said) if said else "",
        "errors": {name: in_words(one, words) for name, one in (faults or {}).items()},
        "typed": {"text": "", "why": "", **(typed or {})},
        "may_write": shown.state != "discarded",
        "longest": LONGEST_MESSAGE,
    }
    return house.render(request, "followed.html.j2", data, status)


def _door(request: Request, *, number: str = "", refused: str = "", status: int = 200) -> Response:
    house = house_of(request)
    words = house.words(request)
    data = {"number": number, "refused": words.gettext(refused) if refused else ""}
    return house.render(request, "follow.html.j2", data, status)


async def _followed(house: House, following: Following) -> Followed | None:
    return await house.read(partial(_follow, house.intake, following))


def _follow(intake: Intake, following: Following, desk: Desk) -> Followed | None:
    return follow(intake, desk, number=following.number, key=following.key)


def _reason(house: House, shown: Followed, words: Words) -> str:
    """Return in words why a report was discarded."""
    labels = {one.reason: one.label for one in house.rules.discard_reasons}
    return label_in(labels[shown.reason], words) if shown.reason in labels else ""


def _following(request: Request) -> Following | None:
    return _seals(house_of(request)).open(request.cookies.get(COOKIE, ""))


def _seals(house: House) -> Seals:
    return Seals(house.secret)


def _said(value: object, *, most: int = 200) -> str:
    return value.strip()[:most] if isinstance(value, str) else ""


def _go(request: Request, path: str, **query: str) -> RedirectResponse:
    house = house_of(request)
    chosen = request.query_params.get(CHOSEN, "")
    said = {**query, **({CHOSEN: chosen} if chosen in house.rules.languages else {})}
    tail = "&".join(f"{name}={value}" for name, value in said.items())
    return RedirectResponse(f"{house.address(request, path)}{'?' if tail else ''}{tail}", status_code=303)
