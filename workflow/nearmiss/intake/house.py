"""The house that all pages live in: the register, its intake, the words and templates, and the one hand that writes."""

from __future__ import annotations

import asyncio
import secrets
import sys
import traceback
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

from starlette.responses import HTMLResponse

from nearmiss.engine.errors import BrokenPolicyError
from nearmiss.engine.proposing.proposals import main_register
from nearmiss.engine.rules_beside import intake_rules_of
from nearmiss.errors import NearMissError
from nearmiss.intake.alarms import Alarms
from nearmiss.intake.languages import CHOSEN, language_of
from nearmiss.intake.security.forgery import FIELD, Marks
from nearmiss.intake.security.rates import Rates
from nearmiss.intake.security.visitors import visitor_of
from nearmiss.render.environment import Renderer, hidden_field
from nearmiss.render.languages import own_name
from nearmiss.shipped import shipped

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.datastructures import FormData
    from starlette.requests import HTTPConnection, Request
    from starlette.responses import Response

    from nearmiss.engine.cleaning import Cleaner
    from nearmiss.engine.desk import Desk
    from nearmiss.engine.intake.values import Intake
    from nearmiss.engine.mailing import Mailer
    from nearmiss.models.people import Person
    from nearmiss.policy.intake_rules import IntakeRules, Limits
    from nearmiss.policy.version import PolicyVersion
    from nearmiss.render.languages import Words

T = TypeVar("T")

CLEANERS = 32
"""Threads that hand over files and wait for them: more than papers may wait, so that photos go on."""

READERS = 4
"""Reads that go on at one time: each has a desk with children of its own."""

ALARMS = 30
"""Alarms that are sent in a minute, so that nobody who plays with the form fills anybody's letter box."""

MESSAGES = 120
"""Messages of reporters that are taken in a minute: more than a team can read, and few enough to fill no disk."""

SPOKEN_BY = "intake"
"""The folder below `templates/` whose pages and catalogues are ours."""


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What the pages know of the register without asking git: policy and rules in force, and of which commit."""

    base: str
    policy: PolicyVersion
    rules: IntakeRules
    fault: str = ""
    """What is wrong with the rules on main, where those from before go on."""


@dataclass(kw_only=True)
class House:
    """Everything that a page may need, plugged together once.

    `open_desk` opens a desk that its user closes. `root_path` is where a proxy has put us; `trusted` are the addresses
    of proxies whose headers count, `proxy_user` the header by which one says who somebody is; `hosts` are the only
    names that we answer to, where any are given. `place` is the folder of the intake. `cleaner` makes the files of
    reports clean, elsewhere than in this process where it can. `commit_named` puts reports by name into the register;
    `seek_person` tells who is signed in at the desk; `ending` is what is called when the house is closed.
    By `forms` our own forms are known, also those of before the server was started; `secret` ends with it.
    """

    open_desk: Callable[[], Desk]
    intake: Intake
    place: Path
    mailer: Mailer | None = None
    cleaner: Cleaner | None = None
    root_path: str = ""
    proxy_user: str = ""
    trusted: frozenset[str] = frozenset()
    hosts: frozenset[str] = frozenset()
    say: Callable[[str], None] = print
    commit_named: Callable[[Desk], object] | None = None
    seek_person: Callable[[Request], Person | None] | None = None
    ending: Callable[[], None] | None = None
    forms: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)
    secret: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)

    def __post_init__(self) -> None:
        """Look at the register once, so that whoever starts a server hears at once of what is wrong with it."""
        self.marks = Marks(self.forms)
        self.alarms = Alarms(mailer=self.mailer)
        self.standing = self._with_desk(_look)
        self.rates = self._new_rates()
        self._renderers: dict[tuple[str, int], Renderer] = {}
        self._writer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="writer")
        self._readers = ThreadPoolExecutor(max_workers=READERS, thread_name_prefix="reader")
        self._cleaners = ThreadPoolExecutor(max_workers=CLEANERS, thread_name_prefix="cleaner")

    @property
    def rules(self) -> IntakeRules:
        """The rules of the intake."""
        return self.intake.settings

    @property
    def limits(self) -> Limits:
        """How much is taken."""
        return self.rules.limits

    def _new_rates(self) -> Rates:
        """Return how often something is done in a minute, for all together."""
        most = self.limits
        taken = {"report": most.reports_per_minute, "message": MESSAGES, "try": most.tries_per_minute}
        return Rates({**taken, "alarm": ALARMS, "alarm-again": ALARMS})

    @property
    def policy(self) -> PolicyVersion:
        """The policy in force, as it was when the register was last looked at."""
        return self.standing.policy

    # --- git: many read, one writes

    async def read(self, job: Callable[[Desk], T]) -> T:
        """Run a job that only reads, at a desk of its own, beside others."""
        return await self._run(self._readers, partial(self._with_desk, job))

    async def write(self, job: Callable[[Desk], T]) -> T:
        """Run a job that may write, after those before it: nothing else writes meanwhile."""
        return await self._run(self._writer, partial(self._with_desk, job))

    async def aside(self, job: Callable[[], T]) -> T:
        """Run a job that needs no register, in a thread."""
        return await asyncio.to_thread(job)

    async def clean(self, job: Callable[[Cleaner | None], T]) -> T:
        """Run a job with files to be cleaned, which may wait for others like it and keeps nobody else waiting."""
        return await self._run(self._cleaners, partial(job, self.cleaner))

    async def look(self) -> None:
        """Look at the register again, where main has moved: policy and rules of the intake may be others now.

        Rules that cannot be read are told, and those from before go on.
        """
        before = self.standing
        found = await self.read(partial(_look, before=before))
        if found.rules != before.rules:
            self.intake = replace(self.intake, settings=found.rules)
            self.rates = self._new_rates()
        if found.fault and found.fault != before.fault:
            self.say(found.fault)
        self.standing = found

    async def _run(self, threads: ThreadPoolExecutor, job: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(threads, job)

    def _with_desk(self, job: Callable[[Desk], T]) -> T:
        desk = self.open_desk()
        try:
            return job(desk)
        finally:
            desk.repository.close()  # type: ignore[attr-defined]  # the adapter holds processes

    def close(self) -> None:
        """Let what was begun come to its end."""
        if self.ending is not None:
            self.ending()
        self._cleaners.shutdown()
        self._writer.shutdown()
        self._readers.shutdown()

    # --- pages

    def language(self, request: HTTPConnection) -> str:
        """Return the language in which a request is answered."""
        return language_of(request, self.rules.languages, own=self.policy.settings.language)  # type: ignore[arg-type]  # only headers and the address are looked at

    def words(self, request: HTTPConnection) -> Words:
        """Return the words in which a request is answered."""
        return self._renderer(self.language(request)).words

    def render(self, request: Request, template: str, data: Mapping[str, Any], status: int = 200) -> Response:
        """Return a page; the template is a path below `templates/intake/`."""
        return self.page(request, template, data, status)

    def page(self, request: Request, template: str, data: Mapping[str, Any], status: int) -> Response:
        """Return a page with what every template may use: addresses, the mark of a form, the languages."""
        language = self.language(request)
        common = {
            "address": partial(self._linked, request),
            "static": lambda name: self.address(request, f"/static/{name}"),
            "csrf_field": partial(hidden_field, FIELD, self.marks.mark(visitor_of(request).cookie)),
            "languages": [(one, own_name(one)) for one in self.rules.languages],
            "here_in": partial(self._here_in, request),
            "organisation": self.policy.settings.organisation,
            "call": self.whom_to_call(request),
        }
        html = self._renderer(language).render(f"{SPOKEN_BY}/{template}", **common, **data)
        return HTMLResponse(html, status_code=status, headers={"content-language": language})

    def whom_to_call(self, request: Request) -> str:
        """Return whom to call where it is not safe, in the words of the register, or those of the catalogue."""
        return self.words(request).plain(self.policy.settings.not_safe_call)

    def _linked(self, request: Request, path: str) -> str:
        """Return the address of a page of ours, in the language that was chosen here, if one was."""
        chosen = request.query_params.get(CHOSEN, "")
        said = f"{'&' if '?' in path else '?'}{CHOSEN}={chosen}" if chosen in self.rules.languages else ""
        return f"{self.address(request, path)}{said}"

    def _here_in(self, request: Request, language: str) -> str:
        """Return the address of the same page in another language."""
        path = request.scope["path"].removeprefix(request.scope.get("root_path", ""))
        kept = [(name, value) for name, value in request.query_params.multi_items() if name != CHOSEN]
        query = "&".join(f"{quote(name)}={quote(value)}" for name, value in [*kept, (CHOSEN, language)])
        return f"{self.address(request, path or '/')}?{query}"

    def _renderer(self, language: str) -> Renderer:
        key = (language, self.policy.number)
        if key not in self._renderers:
            self._renderers[key] = Renderer(
                [shipped("templates")], vocabulary=self.policy.labels, language=language, spoken_by=SPOKEN_BY
            )
        return self._renderers[key]

    def sorry(self, request: Request, error: NearMissError) -> Response:
        """Return the page that says what could not be done, and what to do next."""
        words = self.words(request)
        data = {"message": words.plain(error.message), "hint": words.plain(error.hint or "")}
        answer = self.page(request, "sorry.html.j2", data, getattr(error, "status", 409))
        if request.method == "POST":
            # What is left of a body that was not read would be taken for the next request.
            answer.headers["connection"] = "close"
        return answer

    def fault(self, request: Request) -> Response:
        """Return the page for a fault of ours."""
        return self.page(request, "fault.html.j2", {}, 500)

    def note_fault(self, error: BaseException) -> None:
        """Tell whoever looks after the server where something broke, and nothing of what anybody sent."""
        places = traceback.extract_tb(error.__traceback__)
        where = " < ".join(f"{Path(place.filename).name}:{place.lineno}" for place in reversed(places[-6:]))
        sys.stderr.write(f"nearmiss: a fault of ours, {type(error).__name__} at {where}\n")

    # --- where we are, and who is there

    def address(self, _request: HTTPConnection, path: str) -> str:
        """Return the address of a page of ours as the browser has it: below the root path of the server."""
        return f"{self.root_path}{path}"

    def is_trusted(self, request: HTTPConnection) -> bool:
        """Say whether a request comes straight from a proxy whose headers count."""
        return request.client is not None and request.client.host in self.trusted

    def is_secure(self, request: HTTPConnection) -> bool:
        """Say whether the browser came by https."""
        if self.is_trusted(request):
            return request.headers.getlist("x-forwarded-proto") == ["https"]
        return request.scope.get("scheme") == "https"

    def origin(self, request: HTTPConnection) -> str:
        """Return the origin of our pages as the browser has it."""
        host = request.headers.get("host", "")
        if self.is_trusted(request):
            host = request.headers.get("x-forwarded-host", host)
        return f"{'https' if self.is_secure(request) else 'http'}://{host}"

    def desk_person(self, request: Request) -> Person | None:
        """Return who is signed in at the desk, if anybody is; it may look into a table, so ask in a thread."""
        return self.seek_person(request) if self.seek_person is not None else None

    def form(self, request: Request) -> FormData:
        """Return the form that a request brings, in memory as a whole."""
        return visitor_of(request).form


def _look(desk: Desk, before: Standing | None = None) -> Standing:
    """Return how the register stands; what was found before, where main is where it was."""
    if before is not None and desk.main(before.policy.settings.main_branch) == before.base:
        return before
    base, register = main_register(desk)
    fault = ""
    try:
        rules = intake_rules_of(desk.repository.tree(base), desk.documents)
    except BrokenPolicyError as error:
        if before is None:
            raise
        rules, fault = before.rules, error.message
    return Standing(base=base, policy=register.newest, rules=rules, fault=fault)
