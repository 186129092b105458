"""The pages that only tell: how those who report are protected, and the card for those without a phone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nearmiss.intake.reporting.calling import parts_of
from nearmiss.intake.reporting.pages import choices, house_of

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response


async def show_protection(request: Request) -> Response:
    """Say how those who report are protected, and what cannot be."""
    return house_of(request).render(request, "protect.html.j2", {})


async def show_card(request: Request) -> Response:
    """Show a card to print, for those who report by hand."""
    house = house_of(request)
    data = {
        "barriers": choices(house.policy, house.words(request), "barrier"),
        "call_parts": parts_of(house.whom_to_call(request)),
    }
    return house.render(request, "card.html.j2", data)
