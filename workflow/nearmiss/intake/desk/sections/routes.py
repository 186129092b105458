"""The addresses of the forms, below `/desk`."""

from __future__ import annotations

from starlette.routing import BaseRoute, Route

from nearmiss.intake.desk.sections.filling import fill_in_section, section
from nearmiss.intake.desk.sections.triage import triage, triage_sent
from nearmiss.intake.desk.visits import done, shown


def section_routes() -> list[BaseRoute]:
    """Return the routes of the forms of sections, and of triage."""
    return [
        Route("/records/{id}/sections/{section}", shown(section), methods=["GET"]),
        Route("/records/{id}/sections/{section}", done(fill_in_section, again=section), methods=["POST"]),
        Route("/records/{id}/triage", shown(triage), methods=["GET"]),
        Route("/records/{id}/triage", done(triage_sent, again=triage), methods=["POST"]),
    ]
