"""The addresses of the pages of everybody."""

from __future__ import annotations

from starlette.routing import Route

from nearmiss.intake.reporting import follow, leaflets, report


def public_routes() -> list[Route]:
    """Return the addresses of the pages of everybody, each with what answers it."""
    return [
        Route("/", report.show_form, methods=["GET"]),
        Route("/report", report.to_form, methods=["GET"]),
        Route("/report", report.send_report, methods=["POST"]),
        Route("/alarm", report.to_form, methods=["GET"]),
        Route("/alarm", report.send_alarm, methods=["POST"]),
        Route("/follow", follow.show_door, methods=["GET"]),
        Route("/follow", follow.open_door, methods=["POST"]),
        Route("/follow/report", follow.show_report, methods=["GET"]),
        Route("/follow/message", follow.show_door, methods=["GET"]),
        Route("/follow/message", follow.send_message, methods=["POST"]),
        Route("/follow/disagree", follow.show_door, methods=["GET"]),
        Route("/follow/disagree", follow.send_disagreement, methods=["POST"]),
        Route("/follow/leave", follow.show_door, methods=["GET"]),
        Route("/follow/leave", follow.leave, methods=["POST"]),
        Route("/card", leaflets.show_card, methods=["GET"]),
        Route("/protect", leaflets.show_protection, methods=["GET"]),
    ]
