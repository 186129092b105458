"""A visit at the desk: who it is, the register as it is at that moment, and how pages and steps are answered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from nearmiss.engine.errors import UnknownRecordError
from nearmiss.engine.ports import Identity
from nearmiss.engine.proposing.proposals import main_register
from nearmiss.errors import NearMissError
from nearmiss.intake.desk.notices import Notices
from nearmiss.intake.desk.refusals import Refusal, told
from nearmiss.models.ids import is_record_id, read_id

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from nearmiss.engine.desk import Desk
    from nearmiss.engine.intake.values import Intake
    from nearmiss.intake.desk.notices import Notice
    from nearmiss.intake.desk.sessions import Doorkeeper
    from nearmiss.intake.house import House
    from nearmiss.models.people import Person
    from nearmiss.policy.standing import Register
    from nearmiss.policy.version import PolicyVersion
    from nearmiss.render.languages import Words


@dataclass(frozen=True, kw_only=True)
class Reception:
    """The desk's own part of a house: who may come in, what they are told, and the house itself."""

    house: House
    doorkeeper: Doorkeeper
    notices: Notices = field(default_factory=Notices)

    def address(self, path: str) -> str:
        """Return the address of a page of ours as the browser has it: below the root path of the server."""
        return f"{self.house.root_path}{path}"

    def page(self, request: Request, template: str, data: Mapping[str, Any], status: int = 200) -> Response:
        """Return a page of the desk; the template is named without its folder and ending."""
        given = {**data, "root": self.house.root_path}
        return self.house.page(request, f"desk/{template}.html.j2", given, status)


def reception_of(request: Request) -> Reception:
    """Return the reception of the desk that a request came to."""
    found: Reception = request.state.reception
    return found


def path_of(request: Request) -> str:
    """Return the path of a request below the root path of the server."""
    path: str = request.scope["path"]
    return path.removeprefix(reception_of(request).house.root_path)


@dataclass(frozen=True, kw_only=True)
class Visit:
    """One request of one person: the register of main at that moment, the words, and what is asked."""

    request: Request
    desk: Desk
    base: str
    register: Register
    person: Person
    words: Words
    reception: Reception

    @property
    def policy(self) -> PolicyVersion:
        """The policy in force."""
        return self.register.newest

    @property
    def today(self) -> str:
        """The day."""
        return self.desk.clock.now().date().isoformat()

    @property
    def intake(self) -> Intake:
        """The intake, in which reports wait."""
        return self.reception.house.intake

    def asked(self, name: str) -> str:
        """Return what the address asks for under a name."""
        return self.request.query_params.get(name, "")

    def path(self, name: str) -> str:
        """Return a part of the address by its name."""
        return str(self.request.path_params[name])

    def record_id(self) -> str:
        """Return the id in the address; raises NotHereError where it has not the form of one."""
        found = read_id(self.path("id"))
        if not is_record_id(found):
            raise NotHereError
        return found

    def say(self, sentence: str, **places: object) -> str:
        """Return a sentence in the words of this visit."""
        return self.words.gettext(sentence, **places)


@dataclass(frozen=True, kw_only=True)
class Page:
    """A page to be shown: its template and what is in it."""

    template: str
    data: Mapping[str, Any] = field(default_factory=dict)
    status: int = 200


@dataclass(frozen=True)
class GoTo:
    """Another page to go to, and what the person is told there."""

    path: str
    notice: Notice | None = None


Answer = Page | GoTo | Response
View = Callable[[Visit, Refusal | None], Answer]
Step = Callable[[Visit, FormData], Answer]
Endpoint = Callable[[Request], "Awaitable[Response]"]


def visit_of(request: Request, desk: Desk) -> Visit | None:
    """Return the visit of whoever sends a request; None where they have not proved who they are."""
    reception = reception_of(request)
    base, register = main_register(desk)
    person = reception.doorkeeper.person_of(request, register.newest.people)
    if person is None:
        return None
    identity = Identity(name=person.name, email=person.emails[0])
    # Nobody signs here but by a claim: keys stay with their people.
    own = replace(desk, identity=identity, signer=None)
    words = reception.house.words(request)
    return Visit(
        request=request, desk=own, base=base, register=register, person=person, words=words, reception=reception
    )


def shown(view: View) -> Endpoint:
    """Return the endpoint of a page that only shows."""

    async def endpoint(request: Request) -> Response:
        return await reception_of(request).house.read(partial(_look, request, view, None))

    return endpoint


def done(step: Step, *, again: View) -> Endpoint:
    """Return the endpoint of a form: the step is taken as the person, and a refusal shows the page again.

    Whoever has not proved who they are does not wait for the writer.
    """

    async def endpoint(request: Request) -> Response:
        house = reception_of(request).house
        form = house.form(request)
        turned_away = await house.read(partial(_turn_away, request, form))
        if turned_away is not None:
            return turned_away
        answer = await house.write(partial(_take, request, step, form))
        if isinstance(answer, Refusal):
            return await house.read(partial(_look, request, again, answer))
        return answer

    return endpoint


def _look(request: Request, view: View, refusal: Refusal | None, desk: Desk) -> Response:
    visit = visit_of(request, desk)
    if visit is None:
        return _to_sign_in(request)
    try:
        return answered(visit, view(visit, refusal), refusal)
    except NearMissError as error:
        return answered(visit, sorry(visit, error), refusal)


def _turn_away(request: Request, form: FormData, desk: Desk) -> Response | None:
    """Return the page for somebody who is nobody any more: what they typed is there, to be sent once they are back."""
    if visit_of(request, desk) is not None:
        return None
    reception = reception_of(request)
    kept = [(name, value) for name, value in form.multi_items() if isinstance(value, str) and name != "csrf"]
    action = reception.address(path_of(request))
    return reception.page(request, "signed-out", {"kept": kept, "action": action}, 401)


def _take(request: Request, step: Step, form: FormData, desk: Desk) -> Response | Refusal:
    visit = visit_of(request, desk)
    if visit is None:
        return _to_sign_in(request)
    try:
        return answered(visit, step(visit, form), None)
    except NearMissError as error:
        return told(error, form=said(form, "form"), typed=typed(form))


def answered(visit: Visit, answer: Answer, refusal: Refusal | None) -> Response:
    """Return the response that an answer stands for."""
    if isinstance(answer, Response):
        return answer
    reception, request = visit.reception, visit.request
    if isinstance(answer, GoTo):
        number = reception.notices.keep(visit.person.handle, answer.notice) if answer.notice else ""
        path, hash_sign, place = answer.path.partition("#")
        mark = ("&" if "?" in path else "?") + f"told={number}" if number else ""
        return RedirectResponse(reception.address(f"{path}{mark}{hash_sign}{place}"), status_code=303)
    status = 409 if refusal is not None and answer.status == 200 else answer.status  # noqa: PLR2004 - as all was well
    notice = reception.notices.find(visit.person.handle, visit.asked("told"))
    shown_refusal = refusal.in_words(visit.words) if refusal else None
    data = {**answer.data, "person": visit.person, "today": visit.today, "refusal": shown_refusal, "notice": notice}
    return reception.page(request, answer.template, data, status)


def sorry(visit: Visit, error: NearMissError) -> Page:
    """Return the page that tells why there is nothing to show."""
    status = 404 if isinstance(error, UnknownRecordError | NotHereError) else 409
    return Page(template="sorry", data={"sorry": told(error).in_words(visit.words)}, status=status)


class NotHereError(NearMissError):
    """There is nothing at an address, or nothing for this person: the two are never told apart."""

    def __init__(self) -> None:
        super().__init__("There is nothing here, or nothing for you.", hint="Go back, or begin at Today.")


def said(form: FormData, name: str) -> str:
    """Return what was typed into a field, with lines as we write them and no blanks around it."""
    value = form.get(name, "")
    return value.replace("\r\n", "\n").replace("\r", "\n").strip() if isinstance(value, str) else ""


def typed(form: FormData) -> dict[str, str]:
    """Return all that was typed, by field."""
    return {name: value for name, value in form.multi_items() if isinstance(value, str) and name != "csrf"}


def _to_sign_in(request: Request) -> Response:
    back = path_of(request) + (f"?{request.url.query}" if request.url.query else "")
    return RedirectResponse(reception_of(request).address(f"/desk/sign-in?back={quote(back, safe='')}"), 303)
