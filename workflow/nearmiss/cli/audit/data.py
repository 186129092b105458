"""What an audit found, for programs: every step with its signatures, the ledgers, and every finding with its commit."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from nearmiss import __version__
from nearmiss.cli.findings import finding_as_data
from nearmiss.engine.audit.results import LEDGERS
from nearmiss.policy.findings import Severity

if TYPE_CHECKING:
    from nearmiss.app.packing import Packed
    from nearmiss.engine.audit.results import Audited, Blamed, Life, Taken


def audited_as_data(audited: Audited) -> dict[str, Any]:
    """Return an audit as JSON has it.

    The keys are ok, verdict, tip, genesis, start, unproven, commits, tool, policy, counts, records, policy_steps,
    ledgers and findings. `ok` is false where a finding is an error that no waiver lets stand.
    """
    return {
        "ok": audited.verdict == "pass",
        "verdict": audited.verdict,
        "tip": audited.tip,
        "genesis": audited.genesis,
        "start": audited.start,
        "unproven": audited.unproven,
        "commits": audited.commits,
        "tool": {"name": "nearmiss", "version": __version__},
        "policy": {"version": audited.policy, "rules": audited.rules},
        "counts": counts_of(audited),
        "records": [_life_as_data(life) for life in audited.records],
        "policy_steps": [_step_as_data(step) for life in audited.lives if not life.path for step in life.steps],
        "ledgers": {name: [dict(entry) for entry in audited.ledger(name)] for name in LEDGERS},
        "findings": [_blamed_as_data(one) for one in audited.findings],
    }


def packed_as_data(packed: Packed, pack: str) -> dict[str, Any]:
    """Return a pack that was written, by the name given to it, as JSON has it: file, sha256, files, head."""
    return {"file": pack, "sha256": packed.sha256, "files": packed.files, "head": packed.head}


def counts_of(audited: Audited) -> dict[str, int]:
    """Return how much was looked at, how sure the signatures are, and how many findings there are of each weight."""
    tally = audited.tally
    weights = [one.finding.severity for one in audited.open_findings]
    return {
        "records": tally.records,
        "steps": tally.steps,
        "signatures": tally.signatures,
        "signed": tally.signed,
        "forge": tally.forge,
        "asserted": tally.asserted,
        **{f"{weight}s": weights.count(weight) for weight in (Severity.ERROR, Severity.WARNING, Severity.NOTE)},
        "waived": len(audited.findings) - len(audited.open_findings),
    }


def _life_as_data(life: Life) -> dict[str, Any]:
    return {
        "id": life.subject,
        "title": life.title,
        "state": life.state,
        "path": life.path,
        "reported": life.reported,
        "steps": [_step_as_data(step) for step in life.steps],
    }


def _step_as_data(step: Taken) -> dict[str, Any]:
    data = asdict(step)
    data["from"] = data.pop("from_")
    return {**data, "contributors": list(step.contributors), "signatures": list(data["signatures"])}


def _blamed_as_data(one: Blamed) -> dict[str, Any]:
    return {**finding_as_data(one.finding), "commit": one.commit, "waived": one.waived}
