"""The form: shown, sent, and the alarm that goes out before the rest is typed."""

from __future__ import annotations

import asyncio
import re
import secrets
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from starlette.responses import RedirectResponse

from nearmiss.engine.intake.owing import Place, is_owed, owe_alarm
from nearmiss.engine.intake.taking import take
from nearmiss.engine.intake.values import Sent
from nearmiss.errors import NearMissError
from nearmiss.intake.reporting import uploads
from nearmiss.intake.reporting.answers import (
    Said,
    begun_by,
    contact_of,
    name_of,
    place_of,
    read_report,
    typed_in,
)
from nearmiss.intake.reporting.calling import parts_of
from nearmiss.intake.reporting.pages import asked_of, form_of, house_of
from nearmiss.render.languages import N_

if TYPE_CHECKING:
    from collections.abc import Coroutine, Mapping

    from starlette.requests import Request
    from starlette.responses import Response

    from nearmiss.engine.intake.values import Receipt
    from nearmiss.intake.house import House
    from nearmiss.intake.reporting.answers import Asked, Reading
    from nearmiss.models.people import Person

T = TypeVar("T")

ID_WITHIN = 0.6
"""Seconds for which the answer waits for the id of a record; after that the number of the receipt does."""

ALARM_WITHIN = 2.5
"""Seconds for which the answer to an alarm waits to hear whether it went out."""

_TOKEN = re.compile(r"[A-Za-z0-9_-]{22,64}")

UNPROCESSABLE, TOO_MANY = 422, 429
BUSY = Said(sentence=N_("Very many reports come in at the moment. Send it again in a minute."))

ALARM_SENT = N_("The alarm went out to those who answer for the place. Call all the same if it is urgent.")
ALARM_ON_ITS_WAY = N_("The alarm is on its way. Call all the same if it is urgent.")
ALARM_TO_NOBODY = N_("Nobody could be told from here. Please call.")


async def show_form(request: Request) -> Response:
    """Show the empty form, with the place of a scanned code."""
    asked = await _asked(request, {})
    typed = begun_by(request.query_params.multi_items(), asked)
    return await _form(request, typed, {})


async def to_form(request: Request) -> Response:
    """Lead to the form whoever opens an address that only takes one."""
    house = house_of(request)
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(f"{house.address(request, '/')}{query}", status_code=303)


async def send_report(request: Request) -> Response:
    """Take a report: it is on the disk before anything is answered."""
    house = house_of(request)
    given = house.form(request)
    typed = typed_in(given.multi_items())
    token = _token_of(given.get("token"))
    reading = read_report(typed, await _asked(request, typed))
    files = await uploads.files_in(given)
    if not house.rates.allows("report"):
        return await _form(request, typed, {"what_happened": BUSY}, token=token, files=files, status=TOO_MANY)
    if len(files) > house.limits.files:
        many = Said(sentence=uploads.MANY, places={"most": house.limits.files})
        reading = replace(reading, faults={**reading.faults, uploads.FIELD: many})
    elif files and not reading.faults:
        made = await house.clean(partial(uploads.clean, files=files, settings=house.policy.settings))
        if isinstance(made, Said):
            reading = replace(reading, faults={uploads.FIELD: made})
        else:
            files = made
    if reading.faults:
        return await _form(request, typed, reading.faults, token=token, files=files, status=UNPROCESSABLE)
    sent = _sent(reading, files, await _signed_in(request))
    place = Place(**place_of(typed, await _asked(request, typed))) if reading.is_unsafe else None
    receipt = await house.aside(partial(take, house.intake, sent, token=token, alarm=place))
    said = await _begin_alarm(house, token) if reading.is_unsafe else ""
    if reading.mode == "named":
        receipt = await _with_id(house, receipt)
    return _thanks(request, receipt, reading, alarm_said=said)


async def send_alarm(request: Request) -> Response:
    """Sound the alarm, and show the form again with all that was typed."""
    house = house_of(request)
    given = house.form(request)
    typed = typed_in(given.multi_items()) | {"made_safe": "no"}
    files = await uploads.files_in(given)
    said = ALARM_TO_NOBODY
    token = _token_of(given.get("token"))
    if house.rates.allows("alarm"):
        place = Place(**place_of(typed, await _asked(request, typed)))
        mark = await house.aside(partial(owe_alarm, house.intake, token=token, place=place))
        said = await _alarm(house, mark)
        typed["alarmed"] = "1" if said != ALARM_TO_NOBODY else ""
    return await _form(request, typed, {}, token=token, files=files, alarm_said=said)


async def _form(
    request: Request,
    typed: Mapping[str, str],
    faults: Mapping[str, Said],
    *,
    token: str = "",
    files: Mapping[str, bytes] | None = None,
    status: int = 200,
    alarm_said: str = "",
) -> Response:
    house = house_of(request)
    words = house.words(request)
    person = await _signed_in(request)
    data = form_of(house, words, typed, faults, token=token or _new_token()) | {
        "signed_in": person.name if person and typed["on_behalf"] != "1" else "",
        "alarm_said": words.gettext(alarm_said) if alarm_said else "",
        "files_lost": bool(files),
    }
    return house.render(request, "report.html.j2", data, status)


def _thanks(request: Request, receipt: Receipt, reading: Reading, *, alarm_said: str) -> Response:
    house = house_of(request)
    words = house.words(request)
    call = house.whom_to_call(request) if reading.is_unsafe else ""
    data = {
        "receipt": replace(receipt, call=call),
        "mode": reading.mode,
        "at_once": reading.at_once,
        "by_request": house.policy.settings.reports == "request",
        "alarm_said": words.gettext(alarm_said) if alarm_said else "",
        "call_parts": parts_of(call),
        "follow_at": f"{house.origin(request)}{house.address(request, '/follow')}",
    }
    return house.render(request, "receipt.html.j2", data)


def _sent(reading: Reading, files: Mapping[str, bytes], person: Person | None) -> Sent:
    is_own = reading.mode == "named" and person is not None and reading.typed["on_behalf"] != "1"
    return Sent(
        mode=reading.mode,
        answers=reading.answers,
        files=files,
        name=name_of(reading) or (person.name if is_own and person else ""),
        person=person.handle if is_own and person else "",
        contact=contact_of(reading),
        at_once=reading.at_once,
    )


async def _with_id(house: House, receipt: Receipt) -> Receipt:
    """Have a report by name committed, and return its receipt with the id if that is known soon."""
    if house.commit_named is None:
        return receipt
    committing = _aside(house, house.write(house.commit_named))
    await asyncio.wait({committing}, timeout=ID_WITHIN)
    kept = await house.aside(partial(house.intake.store.find, receipt.number))
    is_there = kept is not None and kept.state == "committed"
    return replace(receipt, record_id=kept.record_id) if kept and is_there else receipt


async def _begin_alarm(house: House, token: str) -> str:
    """Have the alarm of a form go out by itself, since nobody should wait for a mail server; return what is said of it.

    What does not go out now stays owed, and the keeper of the house tries it again.
    """
    mark = house.intake.sealer.alarm_mark(token)
    if not await house.aside(partial(is_owed, house.intake, mark)):
        return ""
    if house.mailer is None:
        return ALARM_TO_NOBODY
    if house.rates.allows("alarm"):
        _aside(house, house.read(partial(house.alarms.sound, intake=house.intake, mark=mark)))
    return ALARM_ON_ITS_WAY


async def _alarm(house: House, mark: bytes) -> str:
    sounding = _aside(house, house.read(partial(house.alarms.sound, intake=house.intake, mark=mark)))
    await asyncio.wait({sounding}, timeout=ALARM_WITHIN)
    if not sounding.done():
        return ALARM_ON_ITS_WAY
    return ALARM_SENT if sounding.result() else ALARM_TO_NOBODY


_GOING_ON: set[asyncio.Task[object]] = set()
"""What goes on after an answer was given: asyncio itself does not hold on to it."""


def _aside(house: House, job: Coroutine[object, object, T]) -> asyncio.Task[T | None]:
    """Let a job go on by itself; what breaks in it is told to whoever looks after the server, without any content."""

    async def go_on() -> T | None:
        try:
            return await job
        except (NearMissError, OSError) as error:
            house.note_fault(error)
            return None

    task = asyncio.create_task(go_on())
    _GOING_ON.add(task)
    task.add_done_callback(_GOING_ON.discard)
    return task


async def _asked(request: Request, typed: Mapping[str, str]) -> Asked:
    """Return what may be answered; whoever types in for somebody else reports in that one's name, not their own."""
    house = house_of(request)
    is_own = typed.get("on_behalf") != "1" and await _signed_in(request) is not None
    return asked_of(house, house.language(request), is_signed_in=is_own)


async def _signed_in(request: Request) -> Person | None:
    """Return who is signed in at the desk in this browser, if anybody is."""
    house = house_of(request)
    return await house.aside(partial(house.desk_person, request))


def _token_of(said: object) -> str:
    return said if isinstance(said, str) and _TOKEN.fullmatch(said) else _new_token()


def _new_token() -> str:
    return secrets.token_urlsafe(24)
