"""`nearmiss audit`: whether every step on the main branch was taken by the rules, judged from the whole history."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from nearmiss.cli.options import json_option
from nearmiss.cli.output.gauge import Gauge
from nearmiss.cli.voice import emit, say
from nearmiss.errors import ExitCode

if TYPE_CHECKING:
    from pathlib import Path

    from nearmiss.app.packing import Packed
    from nearmiss.cli.surroundings import Surroundings
    from nearmiss.engine.audit.results import Audited
    from nearmiss.engine.desk import Desk
    from nearmiss.store.outputs import Existing

    Wanted = tuple[Path, Existing]

FORMATS = ("text", "json", "html", "markdown")


@click.command(short_help="Prove from the history that no step was skipped.")
@click.option(
    "--genesis", default="", metavar="REV", help="Begin later than the founding; what lies before is trusted."
)
@click.option("--since", default="", metavar="REV", help="Judge only what came after REV; the state there is trusted.")
@click.option(
    "--expect-descendant-of",
    "descendant_of",
    default="",
    metavar="REV",
    help="Fail if REV does not lie behind the main branch any more.",
)
@click.option("--revision", default="", metavar="REV", help="Judge the history of REV instead of the main branch's.")
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", help="How it is told; text unless said.")
@click.option(
    "--pack", default="", metavar="FILE.zip", help="Also write all by which anybody can prove it, with a verifier."
)
@click.option("--force", is_flag=True, help="Replace an earlier pack of that name.")
@json_option
@click.pass_obj
def command(
    surroundings: Surroundings,
    /,
    *,
    form: str,
    pack: str,
    force: bool,
    as_json: bool,
    **limits: str,
) -> None:
    """Walk the main branch from its founding, commit by commit, and judge each step by the policy in force then.

    A merge, a squash, a rebase and a fast-forward of the same proposal give the same verdict. Nothing is checked out;
    a bare repository does. It ends with 0 where everything holds, and with 1 where something does not.

    --pack writes one archive for an auditor: the history, the records, the report, and a verifier that was written
    apart from this program and needs only Python and git.

    Example: nearmiss audit --expect-descendant-of main
    """
    from nearmiss.engine.audit.auditing import audit

    wanted = _wanted(surroundings, pack, force=force)
    desk = surroundings.desk()
    with Gauge("Auditing") as gauge:
        audited = audit(desk, **limits, progress=gauge)
    packed = _packed(desk, audited, wanted) if wanted and audited.genesis else None
    _tell(audited, "json" if as_json else form, packed, pack)
    if wanted and packed is None:
        say("No pack was written, since nothing could be judged.", err=True)
    if audited.verdict != "pass":
        raise click.exceptions.Exit(ExitCode.REFUSED)


def _wanted(surroundings: Surroundings, pack: str, *, force: bool) -> Wanted | None:
    """Return where a pack goes; refused before anything is judged where no pack may be written."""
    if not pack:
        if force:
            raise click.UsageError("--force replaces a pack: say --pack, too.")
        return None
    from nearmiss.store.outputs import require_room

    existing: Existing = "replace" if force else "refuse"
    require_room(surroundings.at(pack).resolve(), existing)
    return surroundings.at(pack), existing


def _packed(desk: Desk, audited: Audited, wanted: Wanted) -> Packed:
    from nearmiss.app.packing import write_pack
    from nearmiss.cli.audit.page import as_page

    path, existing = wanted
    start = audited.start if audited.unproven else ""
    report = as_page(audited)
    # The adapter knows bundles; no use case does.
    return write_pack(desk.repository, path, head=audited.tip, report=report, start=start, existing=existing)  # type: ignore[arg-type]


def _tell(audited: Audited, form: str, packed: Packed | None, pack: str) -> None:
    if form == "json":
        from nearmiss.cli.audit.data import audited_as_data, packed_as_data

        emit(audited_as_data(audited) | ({"pack": packed_as_data(packed, pack)} if packed else {}))
        return
    _FORMS[form](audited)
    if packed:
        say(
            f"Packed into {pack}: {packed.files} files, SHA-256 {packed.sha256}. "
            "Whoever has it needs no register and no nearmiss: python3 verify.pyz FILE.zip",
            err=form != "text",
        )


def _as_page(audited: Audited) -> None:
    from nearmiss.cli.audit.page import as_page

    click.echo(as_page(audited), nl=False)


def _as_markdown(audited: Audited) -> None:
    from nearmiss.cli.audit.markdown import as_markdown

    for line in as_markdown(audited):
        say(line)


def _as_text(audited: Audited) -> None:
    from nearmiss.cli.audit.text import say_audited

    say_audited(audited)


_FORMS = {"html": _as_page, "markdown": _as_markdown, "text": _as_text}
