"""The command: judge a repository, a pack, or a pack's folder, and say what does not hold."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from nearmiss.verifier.faults import CannotVerifyError, Fault
from nearmiss.verifier.history import History, Verdict
from nearmiss.verifier.objects import Objects
from nearmiss.verifier.pack import MANIFEST, verify_pack

PASSED, FAULTS, CANNOT = 0, 1, 2


def verify_repository(where: Path, revision: str = "HEAD", genesis: str = "") -> Verdict:
    """Return the verdict on a repository's history up to a revision; raise `CannotVerifyError` if there is none."""
    with Objects(where) as objects:
        objects.refuse_what_hides_history()
        start = objects.find(genesis) if genesis else ""
        return History(objects).judge(objects.find(revision), start)


def plain(verdict: Verdict) -> dict[str, Any]:
    """Return a verdict as plain data."""
    told = {"verdict": "refuse" if verdict.faults else "pass", **asdict(verdict)}
    del told["line"]
    return told


def told(verdict: Verdict) -> str:
    """Return a verdict in sentences, one a line."""
    lines = [fault.sentence() for fault in verdict.faults]
    lines += [f"let stand by waivers.yaml: {fault.sentence()}" for fault in verdict.waived]
    lines.append(
        f"Judged {verdict.commits} commits up to {verdict.head}, and {len(verdict.steps)} steps that were signed."
    )
    if verdict.unproven:
        lines.append(f"{verdict.unproven} commits before {verdict.genesis} are not proven.")
    lines.append(f"{len(verdict.faults)} things do not hold." if verdict.faults else "Everything holds.")
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return 0 where everything holds, 1 where something does not, 2 where none could be judged."""
    parser = argparse.ArgumentParser(prog="verify.pyz", description=__doc__)
    parser.add_argument(
        "subject", type=Path, nargs="?", default=Path(), help="a repository, a pack (.zip), or its folder"
    )
    parser.add_argument("--revision", default="HEAD", help="judge up to this commit (of a repository)")
    parser.add_argument(
        "--genesis", default="", metavar="REV", help="begin later than the register does; what was before is not proven"
    )
    parser.add_argument(
        "--expect", default="", metavar="COMMIT", help="refuse a history that does not hold this commit"
    )
    parser.add_argument("--json", action="store_true", help="print the verdict as JSON")
    asked = parser.parse_args(arguments)
    try:
        verdict = _verify(asked)
    except CannotVerifyError as error:
        return _cannot(str(error), as_json=asked.json)
    except Exception as error:  # noqa: BLE001 - what no rule foresaw is never a pass, and nobody reads a traceback
        return _cannot(f"something here has a shape that nobody foresaw: {error!r}", as_json=asked.json)
    sys.stdout.write((json.dumps(plain(verdict), indent=2) if asked.json else told(verdict)) + "\n")
    return FAULTS if verdict.faults else PASSED


def _verify(asked: argparse.Namespace) -> Verdict:
    """Judge what was named, and whether it is the history, or goes on from it, that somebody was told of."""
    place: Path = asked.subject
    if place.is_file() or (place / MANIFEST).is_file():
        verdict = verify_pack(place)
    else:
        verdict = verify_repository(place, asked.revision, asked.genesis)
    if asked.expect and asked.expect not in verdict.line:
        says = f"{asked.expect} is not on the line of first parents that was judged: this is another history"
        verdict.faults.append(Fault(code="not-descended", says=says))
    return verdict


def _cannot(why: str, *, as_json: bool) -> int:
    """Say why nothing could be judged."""
    text = json.dumps({"verdict": "refuse", "error": why}) if as_json else f"This cannot be judged: {why}"
    sys.stdout.write(text + "\n")
    return CANNOT


if __name__ == "__main__":
    sys.exit(main())
