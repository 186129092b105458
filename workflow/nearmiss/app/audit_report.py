"""The report of an audit as one page that can be printed and kept: no script, and nothing from elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nearmiss import __version__
from nearmiss.shipped import shipped

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nearmiss.engine.audit.results import Audited

TEMPLATE = "audit/report.html.j2"


def report_page(audited: Audited, *, sentences: Sequence[str], ledgers: Mapping[str, Sequence[Any]]) -> bytes:
    """Return the page as bytes.

    `sentences` say what was judged and what is not proven, the verdict first; `ledgers` are those that have entries, by
    heading, each entry a commit and a sentence. The template is the one that comes with the program: a register must
    not dress its own audit.
    """
    from nearmiss.render.environment import Renderer

    renderer = Renderer([shipped("templates")])
    page = renderer.render(
        TEMPLATE, audited=audited, sentences=list(sentences), ledgers=dict(ledgers), version=__version__
    )
    return page.encode("utf-8", "replace")
