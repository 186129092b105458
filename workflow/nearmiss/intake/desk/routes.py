"""The addresses of the desk, below `/desk`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import BaseRoute, Mount, Route, Router

from nearmiss.intake.desk.codes import codes
from nearmiss.intake.desk.files import attachment
from nearmiss.intake.desk.giving_word import approve, bring_up, object_to, put_in_force
from nearmiss.intake.desk.proposals import proposal, proposals
from nearmiss.intake.desk.record import record
from nearmiss.intake.desk.records import records
from nearmiss.intake.desk.report_steps import (
    confirm_report,
    discard_report,
    show_contact,
    show_contact_of_record,
    write_about_record,
    write_to_reporter,
)
from nearmiss.intake.desk.sections.routes import section_routes
from nearmiss.intake.desk.sessions import Doorkeeper
from nearmiss.intake.desk.signing_in import sign_in, sign_in_page, sign_out
from nearmiss.intake.desk.steps import brief, join_with, progress, propose, propose_all
from nearmiss.intake.desk.today import today
from nearmiss.intake.desk.visits import Reception, done, shown
from nearmiss.intake.desk.waiting_reports import report, report_file, reports

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from nearmiss.intake.house import House
    from nearmiss.store.accounts import Accounts


def desk_pages(house: House, accounts: Accounts) -> BaseRoute:
    """Return all pages of the desk, below `/desk`, for those who have an account or come by a proxy that is trusted."""
    doorkeeper = Doorkeeper(accounts=accounts, proxy_user=house.proxy_user, trusted=house.trusted)
    reception = Reception(house=house, doorkeeper=doorkeeper)
    pages = Router(routes=desk_routes(), redirect_slashes=False)
    house.seek_person = lambda request: doorkeeper.person_of(request, house.policy.people)

    async def at_reception(scope: Scope, receive: Receive, send: Send) -> None:
        scope.setdefault("state", {})["reception"] = reception
        await pages(scope, receive, send)

    return Mount("/desk", app=at_reception)


def desk_routes() -> list[BaseRoute]:
    """Return the routes of the desk, seen from `/desk`."""
    return [
        Route("/", shown(today), methods=["GET"], name="today"),
        Route("/sign-in", sign_in_page, methods=["GET"]),
        Route("/sign-in", sign_in, methods=["POST"]),
        Route("/sign-out", sign_out, methods=["POST"]),
        Route("/reports", shown(reports), methods=["GET"]),
        Route("/reports/{number}", shown(report), methods=["GET"]),
        Route("/reports/{number}/files/{name}", shown(report_file), methods=["GET"]),
        Route("/reports/{number}/confirm", done(confirm_report, again=report), methods=["POST"]),
        Route("/reports/{number}/discard", done(discard_report, again=report), methods=["POST"]),
        Route("/reports/{number}/write", done(write_to_reporter, again=report), methods=["POST"]),
        Route("/reports/{number}/contact", done(show_contact, again=report), methods=["POST"]),
        Route("/records", shown(records), methods=["GET"]),
        Route("/records/{id}", shown(record), methods=["GET"]),
        Route("/records/{id}/attachments/{name}", shown(attachment), methods=["GET"]),
        Route("/records/{id}/advance", done(propose, again=record), methods=["POST"]),
        Route("/records/{id}/close", done(propose_all, again=record), methods=["POST"]),
        Route("/records/{id}/join", done(join_with, again=record), methods=["POST"]),
        Route("/records/{id}/progress", done(progress, again=record), methods=["POST"]),
        Route("/records/{id}/brief", done(brief, again=record), methods=["POST"]),
        *section_routes(),
        Route("/codes", shown(codes), methods=["GET"]),
        Route("/records/{id}/write", done(write_about_record, again=record), methods=["POST"]),
        Route("/records/{id}/contact", done(show_contact_of_record, again=record), methods=["POST"]),
        Route("/proposals", shown(proposals), methods=["GET"]),
        Route("/proposals/{subject}", shown(proposal), methods=["GET"]),
        Route("/proposals/{subject}/approve", done(approve, again=proposal), methods=["POST"]),
        Route("/proposals/{subject}/object", done(object_to, again=proposal), methods=["POST"]),
        Route("/proposals/{subject}/merge", done(put_in_force, again=proposal), methods=["POST"]),
        Route("/proposals/{subject}/refresh", done(bring_up, again=proposal), methods=["POST"]),
    ]
