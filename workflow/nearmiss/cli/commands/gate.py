"""`nearmiss gate`: whether a request may be merged, decided on git objects alone by the policy of its base."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from nearmiss.cli.options import json_option
from nearmiss.cli.voice import say
from nearmiss.errors import ExitCode, UsageError
from nearmiss.models.ids import POLICY_SUBJECT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from nearmiss.cli.surroundings import Surroundings
    from nearmiss.engine.desk import Desk
    from nearmiss.engine.gate.decisions import Gated
    from nearmiss.engine.replaying.results import Replay

FORMATS = ("text", "json", "github", "gitlab", "markdown")


class BadWriteError(UsageError):
    """What was given to `--write` does not say in which form, or to which file."""

    def __init__(self, said: str) -> None:
        known = ", ".join(FORMATS[1:])
        super().__init__(f"{said} does not name a form and a file.", hint=f"Write --write markdown=FILE; or {known}.")


@click.command(short_help="Say whether a request may be merged.")
@click.option("--base", required=True, metavar="REV", help="What it would be merged into, as origin/main.")
@click.option("--head", required=True, metavar="REV", help="What would be merged.")
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", help="How it is told; text unless said.")
@click.option("--write", "copies", multiple=True, metavar="FORMAT=FILE", help="Write it to a file too; repeatable.")
@json_option
@click.pass_obj
def command(
    surroundings: Surroundings, /, *, base: str, head: str, form: str, copies: tuple[str, ...], as_json: bool
) -> None:
    """Judge what merging a request would do: base → merge result, by the policy of the base, on git objects alone.

    Nothing is checked out, merged or run; a bare repository does. It ends with 0 where the request passes, and with 1
    where sign-offs are missing or it is refused. github prints annotations for a job, gitlab a code quality report,
    markdown the comment for the request's reviewers. A change of the policy is judged on the newest steps, as replay
    does: what it would have said of them.

    Example: nearmiss gate --base main --head near-miss/NM-2026-7Q4K2/01-investigate
    """
    from nearmiss.engine.gate.foresight import look_ahead

    wanted = [_form_and_file(said) for said in copies]
    desk = surroundings.desk()
    old, new = look_ahead(desk, base=base, head=head)

    # Git is at work since the line before; what judges takes as long to load.
    from nearmiss.engine.gate.decisions import judge_revisions

    gated = judge_revisions(desk, base=old, head=new)
    replayed = _replayed(desk, gated) if POLICY_SUBJECT in gated.result.judgements else None
    for one, name in wanted:
        _write(surroundings.at(name), _lines(one)(gated, replayed))
    if form == "text" and not as_json:
        from nearmiss.cli.gate.text import say_gated

        say_gated(gated, replayed)
    else:
        for line in _lines("json" if as_json else form)(gated, replayed):
            say(line)
    if gated.result.verdict != "pass":
        raise click.exceptions.Exit(ExitCode.REFUSED)


def _replayed(desk: Desk, gated: Gated) -> Replay | None:
    from nearmiss.engine.replaying.requests import replay_request

    return replay_request(desk, gated.result, gated.policy)


def _write(path: Path, lines: Iterable[str]) -> None:
    from nearmiss.store.outputs import write_output

    write_output(path, "\n".join([*lines, ""]).encode("utf-8", "backslashreplace"))


def _form_and_file(said: str) -> tuple[str, str]:
    form, equals, name = said.partition("=")
    if not equals or not name or form not in FORMATS[1:]:
        raise BadWriteError(said)
    return form, name


def _lines(form: str) -> Callable[[Gated, Replay | None], Iterator[str]]:
    """Return what makes the lines of a form."""
    if form == "json":
        from nearmiss.cli.gate.data import as_json

        return as_json
    if form == "markdown":
        from nearmiss.cli.gate.comment import as_comment

        return as_comment
    from nearmiss.cli.gate.annotations import as_annotations, as_code_quality

    found = as_annotations if form == "github" else as_code_quality
    return lambda gated, _replayed: found(gated)
