"""The one comment with which a request is answered: what became of each word, and for what it still waits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nearmiss.engine.forges.answers import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nearmiss.engine.forges.answers import Answer, Attested

MARKER = "<!-- nearmiss: attest -->"
"""By this, which people do not see, the comment is found again."""

SIGNS = {
    Outcome.ATTESTED: "✅",
    Outcome.ALREADY: "✅",
    Outcome.LATER: "⏳",
    Outcome.REFUSED: "❌",
    Outcome.OVERTAKEN: "↪️",
}

VERDICTS = {
    "pass": "Everything is signed: this request can be merged.",
    "waiting": "It still waits:",
    "refuse": "As it is, it would be refused:",
}

GONE = "that is not known"

_SPECIAL = frozenset("\\`*_{}[]<>()#+!|~@&")


def reply_to(done: Attested) -> str:
    """Return the answer as Markdown: what stands, not what is new, so that it changes only where that does."""
    return "\n".join(_lines(done))


def _lines(done: Attested) -> Iterator[str]:
    yield "**Words on this request**"
    yield ""
    for answer in done.answers:
        yield f"- {SIGNS[answer.outcome]} {_whose(answer)}: {escaped(_message(answer))}"
    if done.verdict:
        yield ""
        yield VERDICTS[done.verdict]
        yield from (f"- {escaped(waiting)}" for waiting in done.waiting if done.verdict != "pass")


def _whose(answer: Answer) -> str:
    given = answer.given
    said = escaped(given.said) if given.verdict else "a line"
    linked = f"[{said}]({given.address})" if given.address.startswith(("https://", "http://")) else said
    return f"{linked} of {escaped(answer.by or f'account {given.account.id or GONE}')}"


def _message(answer: Answer) -> str:
    if answer.outcome in {Outcome.ATTESTED, Outcome.ALREADY}:
        return "counts; it is a sign-off on the branch."
    return answer.message


def escaped(text: str) -> str:
    """Return text that Markdown shows as it is: nothing in it is formatted, linked, or calls anybody."""
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return "".join(f"&#{ord(char)};" if char in _SPECIAL else char for char in line)
