"""The sentences of an audit that every form of it says: what was judged, what was trusted, what cannot be proven."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nearmiss.cli.audit.data import counts_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from nearmiss.engine.audit.results import Audited, Taken

VERDICTS = {
    "pass": "Every step was taken by the rules.",
    "refuse": "Something does not hold.",
}


def judged(audited: Audited) -> Iterator[str]:
    """Yield what was looked at."""
    if not audited.commits and not audited.genesis:
        yield "Nothing was judged: see the findings."
        return
    counts = counts_of(audited)
    yield (
        f"{_so_many(audited.commits, 'commit')} on the main branch, up to {audited.tip[:12]}; "
        f"{_so_many(counts['records'], 'record')}, {_so_many(counts['steps'], 'step')}, "
        f"{_so_many(counts['signatures'], 'signature')}."
    )
    yield f"The register was founded by {audited.genesis[:12]}; its policy is version {audited.policy} now."


def unproven(audited: Audited) -> Iterator[str]:
    """Yield what this audit does not prove."""
    if audited.unproven:
        yield (
            f"Not proven: {_so_many(audited.unproven, 'commit')} between the founding and {audited.start[:12]}. "
            "What the register said there is trusted as it stands."
        )
    counts = counts_of(audited)
    if counts["asserted"]:
        yield (
            f"Identity not proven: {_so_many(counts['asserted'], 'signature')} that "
            f"{'is' if counts['asserted'] == 1 else 'are'} only asserted, by the author of a commit."
        )
    if audited.tally.hidden:
        yield (
            f"Of these, {audited.tally.hidden} came in by a commit of somebody else, as merging by squash leaves it; "
            "who wrote what such a commit brings cannot be told either."
        )
    if audited.genesis:
        yield "That nobody rewrote the history since you last saw it is proven only with --expect-descendant-of."


def who_signed(step: Taken) -> str:
    """Return who gave a step: handle, role, day and how sure it is."""
    return "; ".join(f"{one.by} ({one.role}, {one.at[:10]}, {one.assurance})" for one in step.signatures)


def move_of(step: Taken) -> str:
    """Return where a step led."""
    return f"{step.from_} → {step.to}" if step.from_ != step.to else f"stays {step.to}"


def entry_words(name: str, entry: Mapping[str, Any]) -> str:
    """Return an entry of a ledger as a sentence."""
    return {
        "policy_changes": _policy_change,
        "downgrades": _downgrade,
        "extensions": _extension,
        "waivers": _waiver,
        "corrections": _correction,
        "declines": _decline,
    }[name](entry)


def _by(entry: Mapping[str, Any]) -> str:
    return f" ({', '.join(entry['by'])})" if entry["by"] else " (nobody signed)"


def _policy_change(entry: Mapping[str, Any]) -> str:
    changes = ", ".join(entry["changes"]) or "nothing that is judged"
    return f"version {entry['version']}: {changes}{_by(entry)}"


def _downgrade(entry: Mapping[str, Any]) -> str:
    return f"{entry['record']}: {entry['field']} from {entry['was']} to {entry['now']}{_by(entry)}"


def _extension(entry: Mapping[str, Any]) -> str:
    return f"{entry['record']}: {entry['action']} from {entry['from']} to {entry['to']}: {entry['because']}{_by(entry)}"


def _waiver(entry: Mapping[str, Any]) -> str:
    return f"{entry['record']}: {entry['rule']}: {entry['because']}{_by(entry)}"


def _correction(entry: Mapping[str, Any]) -> str:
    what = "redacted" if entry["redacted"] else f"was {entry['was']}, now {entry['now']}"
    return f"{entry['record']}: {entry['field']}: {what}: {entry['because']}{_by(entry)}"


def _decline(entry: Mapping[str, Any]) -> str:
    return f"{entry['record']}: {entry['decision']}: {entry['reason']}{_by(entry)}"


def _so_many(number: int, what: str) -> str:
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"
