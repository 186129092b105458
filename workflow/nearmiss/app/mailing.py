"""Plugging in the mail server that the environment names."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nearmiss.engine.mailing import Mailer

VARIABLE = "NEARMISS_SMTP"
PASSWORD = "NEARMISS_SMTP_PASSWORD"  # noqa: S105 - the name of the variable, not what it holds


def mailer_of(environment: Mapping[str, str]) -> Mailer | None:
    """Return what sends letters through the mail server that NEARMISS_SMTP names; None where it names none.

    It is written `smtp[s]://user@host:port?from=address`, and the password is in NEARMISS_SMTP_PASSWORD. Raises
    MailError where that cannot be read.
    """
    said = environment.get(VARIABLE, "").strip()
    if not said:
        return None
    from nearmiss.mail.addresses import read_office
    from nearmiss.mail.smtp import Postman

    return Postman(read_office(said, environment.get(PASSWORD, "")))
