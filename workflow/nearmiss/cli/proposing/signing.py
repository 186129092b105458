"""A person's word on a proposal, given and told: what was signed, in which words, and whose turn it is now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nearmiss.cli.output.sharing import say_share
from nearmiss.cli.proposing.pushing import push_proposal, pushed_as_data, say_pushed
from nearmiss.cli.voice import emit, paragraph, say

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nearmiss.cli.surroundings import Surroundings
    from nearmiss.engine.forges.opening import Taken
    from nearmiss.engine.proposing.approving import SignedOff
    from nearmiss.engine.proposing.proposals import Word


def give_word(
    surroundings: Surroundings, subject: str, word: Word, *, branch: str, push: bool, as_json: bool, key: str
) -> None:
    """Sign or object to a proposal, push it where that is asked for, and say what came of it."""
    from nearmiss.engine.proposing.approving import sign_off

    desk = surroundings.desk(key=key)
    signed = sign_off(desk, subject, word, branch=branch)
    if not as_json:
        _say(signed, word)
    taken = None
    if push:
        taken = push_proposal(desk, signed.branch, subject, ", ".join(signed.steps), signed_as_data(signed, word))
    if as_json:
        emit(signed_as_data(signed, word, taken))
    elif taken:
        say_pushed(taken)
    else:
        say_share(desk, signed.branch)


def _say(signed: SignedOff, word: Word) -> None:
    if word.verdict == "approve":
        _say_approved(signed)
    else:
        _say_objected(signed)


def signed_as_data(signed: SignedOff, word: Word, taken: Taken | None = None) -> Mapping[str, Any]:
    """Return a sign-off as JSON has it.

    Its keys are ok, id, word, branch, commit, files, steps, meaning, assurance, key, verdict, waiting and pushed. `key`
    is the fingerprint of the key that signed, empty for a bare claim. `verdict` is the gate's: pass, waiting or refuse;
    `waiting` says in words for what.
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
        "assurance": signed.assurance,
        "key": signed.key,
        "verdict": signed.verdict,
        "waiting": list(signed.waiting),
        "pushed": pushed_as_data(taken),
    }


def _say_approved(signed: SignedOff) -> None:
    say((signed.subject, "bold"), f": you signed {', '.join(signed.steps)}. Your signature means:")
    for meaning in signed.meaning:
        say(paragraph(meaning, indent=2))
    _say_identity(signed)
    _say_next(signed)


def _say_identity(signed: SignedOff) -> None:
    if signed.key:
        say(f"Signed with your key {signed.key}.")
    else:
        say("Identity not proven (asserted): no key of yours is registered.")


def _say_objected(signed: SignedOff) -> None:
    say((signed.subject, "bold"), f": you objected to {', '.join(signed.steps)}. It waits until that is settled.")
    if signed.key:
        _say_identity(signed)
    _say_next(signed)


def _say_next(signed: SignedOff) -> None:
    say("")
    if signed.verdict == "pass":
        say("Everything is signed. Put it in force:")
        say(f"  nearmiss merge {signed.subject}")
        return
    for waiting in signed.waiting:
        say(f"Still open: {waiting.rstrip('.')}.")
