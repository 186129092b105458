"""A person's word on a proposal, given and told: what was signed, in which words, and whose turn it is now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nearmiss.cli.output.sharing import say_share
from nearmiss.cli.voice import emit, paragraph, say

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nearmiss.cli.surroundings import Surroundings
    from nearmiss.engine.proposing.approving import SignedOff
    from nearmiss.engine.proposing.proposals import Word

ASSURANCE = "asserted"
"""How sure it is who signed, as long as no key and no forge says more."""


def give_word(surroundings: Surroundings, subject: str, word: Word, *, branch: str, as_json: bool) -> None:
    """Sign or object to a proposal and say what came of it."""
    from nearmiss.engine.proposing.approving import sign_off

    desk = surroundings.desk()
    signed = sign_off(desk, subject, word, branch=branch)
    if as_json:
        emit(signed_as_data(signed, word))
        return
    if word.verdict == "approve":
        _say_approved(signed)
    else:
        _say_objected(signed)
    say_share(desk, signed.branch)


def signed_as_data(signed: SignedOff, word: Word) -> Mapping[str, Any]:
    """Return a sign-off as JSON has it.

    Its keys are ok, id, word, branch, commit, files, steps, meaning, assurance, verdict and waiting. `verdict` is the
    gate's: pass, waiting or refuse; `waiting` says in words for what.
    """
    return {
        "ok": True,
        "id": signed.subject,
        "word": word.verdict,
        "branch": signed.branch,
        "commit": signed.commit,
        "files": list(signed.files),
        "steps": list(signed.steps),
        "meaning": list(signed.meaning),
        "assurance": ASSURANCE,
        "verdict": signed.verdict,
        "waiting": list(signed.waiting),
    }


def _say_approved(signed: SignedOff) -> None:
    say((signed.subject, "bold"), f": you signed {', '.join(signed.steps)}. Your signature means:")
    for meaning in signed.meaning:
        say(paragraph(meaning, indent=2))
    say("Identity not proven (asserted): no key of yours is registered.")
    _say_next(signed)


def _say_objected(signed: SignedOff) -> None:
    say((signed.subject, "bold"), f": you objected to {', '.join(signed.steps)}. It waits until that is settled.")
    _say_next(signed)


def _say_next(signed: SignedOff) -> None:
    say("")
    if signed.verdict == "pass":
        say("Everything is signed. Put it in force:")
        say(f"  nearmiss merge {signed.subject}")
        return
    for waiting in signed.waiting:
        say(f"Still open: {waiting.rstrip('.')}.")
