"""Signing in and out: a page of its own, which tells nobody whether a name exists."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from starlette.responses import RedirectResponse, Response

from nearmiss.engine.proposing.proposals import main_register
from nearmiss.errors import NearMissError
from nearmiss.intake.desk.refusals import Refusal, told
from nearmiss.intake.desk.sessions import hand_out, may_enter, take_back
from nearmiss.intake.desk.visits import reception_of, said
from nearmiss.render.languages import N_

if TYPE_CHECKING:
    from starlette.datastructures import FormData
    from starlette.requests import Request

    from nearmiss.engine.desk import Desk

WRONG = N_("This name and password do not fit together.")
ASK = N_("An account is set by whoever looks after the server. Try again, or ask them.")
HOME = "/desk/"


async def sign_in_page(request: Request) -> Response:
    """Show the form; whoever is signed in already goes on."""
    return await reception_of(request).house.read(partial(_page, request))


async def sign_in(request: Request) -> Response:
    """Begin a session, always a new one, for whoever knows the password."""
    house = reception_of(request).house
    return await house.read(partial(_begin, request, house.form(request)))


async def sign_out(request: Request) -> Response:
    """End the session that the request comes with."""
    reception = reception_of(request)
    await reception.house.read(lambda _desk: reception.doorkeeper.sign_out(request))
    response = RedirectResponse(reception.address("/desk/sign-in"), 303)
    take_back(response, path=reception.address("/"), secure=reception.house.is_secure(request))
    return response


def own_path(path: str) -> str:
    """Return a path of the desk to go back to; the beginning where it leads anywhere else."""
    is_ours = path.startswith("/desk/") and "\\" not in path and "//" not in path and path.isascii()
    return path if is_ours and path.isprintable() and "/sign-" not in path else HOME


def _page(request: Request, desk: Desk) -> Response:
    reception = reception_of(request)
    back = own_path(request.query_params.get("back", HOME))
    person = reception.doorkeeper.person_of(request, main_register(desk)[1].newest.people)
    if person is not None and may_enter(person):
        return RedirectResponse(reception.address(back), 303)
    return _form(request, back=back, refusal=None, who="", status=200)


def _form(request: Request, *, back: str, refusal: Refusal | None, who: str, status: int) -> Response:
    reception = reception_of(request)
    shown = refusal.in_words(reception.house.words(request)) if refusal else None
    return reception.page(request, "sign-in", {"back": back, "refusal": shown, "who": who}, status)


def _begin(request: Request, form: FormData, desk: Desk) -> Response:
    reception = reception_of(request)
    who, back = said(form, "who"), own_path(said(form, "back"))
    password = form.get("password", "")
    people = main_register(desk)[1].newest.people
    try:
        token = reception.doorkeeper.sign_in(who, password if isinstance(password, str) else "", people)
    except NearMissError as error:
        return _form(request, back=back, refusal=told(error), who=who, status=429)
    if not token:
        refusal = Refusal(sentence=WRONG, hint=ASK, at="who")
        return _form(request, back=back, refusal=refusal, who=who, status=401)
    # Whatever session the browser came with is over: nobody else can have handed it this one.
    reception.doorkeeper.sign_out(request)
    response = RedirectResponse(reception.address(back), 303)
    hand_out(response, token, path=reception.address("/"), secure=reception.house.is_secure(request))
    return response
