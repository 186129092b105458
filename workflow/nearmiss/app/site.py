"""The site's data from a repository: its records, its words, its rules and the day, gathered for page making."""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING

from nearmiss.app.crew import find_crew
from nearmiss.app.keeping import PAGES, vault_of
from nearmiss.app.opening import open_desk
from nearmiss.engine.checking.register import Listed, check
from nearmiss.engine.checking.verdicts import SEEN
from nearmiss.engine.indexing.remembering import WORTH_SHARING
from nearmiss.engine.indicators.open_work import count_open_work
from nearmiss.engine.indicators.public_view import WORK, begin_public_view, is_known, public_view
from nearmiss.engine.instance import read_register
from nearmiss.engine.publishing.audited import audit_in_short
from nearmiss.engine.publishing.gathering import gather_gists
from nearmiss.engine.publishing.site_data import SiteData, no_figures
from nearmiss.engine.records.dossiers import survey
from nearmiss.engine.rules_beside import intake_rules_of
from nearmiss.models.ids import RECORDS
from nearmiss.vcs.repository import open_repository

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from nearmiss.engine.desk import Desk
    from nearmiss.engine.ports import SettledTree
    from nearmiss.engine.publishing.site_data import AskFigures
    from nearmiss.engine.records.dossiers import Folder
    from nearmiss.engine.time_and_chance import Clock
    from nearmiss.engine.vault import Vault


def vault_of_pages(directory: Path) -> Vault | None:
    """Return what keeps, from one build to the next, which pages were written and from what."""
    return vault_of(open_repository(directory).git_dir, PAGES)


def load_site_data(directory: Path, *, clock: Clock | None = None, shows_figures: bool = True) -> SiteData:
    """Read the working tree of the repository that a directory lies in, checked as `nearmiss check` does.

    Of many records, the figures are worked out by somebody else, until they are asked for.
    """
    desk = open_desk(directory, clock=clock)
    tree = desk.repository.settled_tree(*SEEN)
    register = read_register(tree, desk.documents)
    policy = register.newest
    folders, strays = survey(tree.entries(RECORDS))
    commit = desk.head()
    begin_figures = _figures_of(desk, tree, commit, folders) if shows_figures else lambda: no_figures
    gists, told = gather_gists(desk, tree, register, folders)
    # By now, the facts that figures are made from are remembered.
    view = begin_figures()
    checked = check(desk, listed=Listed(tree=tree, folders=folders, strays=strays))
    today = desk.clock.now().date()
    open_work = count_open_work(
        checked.summaries.values(),
        kinds={state.state: state.kind for state in policy.workflow.states},
        restricted=frozenset(policy.settings.restricted_classes),
        today=today,
    )
    return SiteData(
        gists=gists,
        told=told,
        vocabulary={
            name: {term["term"]: term for term in content["terms"]}
            for name, content in policy.data["rules"]["vocabulary"].items()
        },
        settings=policy.data["rules"]["settings"],
        bands=lambda severity, likelihood: policy.risk.band(severity, likelihood).band,
        rules=policy.data["rules"],
        today=today,
        commit=commit,
        instance=register.instance,
        intake_languages=intake_rules_of(tree, desk.documents).languages,
        findings=checked.findings,
        open_work=open_work if checked.records else None,
        view=view,
        audit=cache(partial(audit_in_short, desk)),
    )


def _figures_of(desk: Desk, tree: SettledTree, commit: str, folders: Mapping[str, Folder]) -> Callable[[], AskFigures]:
    """Return what begins with the figures and returns what tells them; of many records, a helper gets ready for it."""
    is_much = len(folders) >= WORTH_SHARING and not is_known(desk, commit)
    helper = find_crew(most=1) if is_much else None
    if helper is None:
        return lambda: cache(partial(public_view, desk, commit, held=folders))
    helper.get_ready(WORK)
    return partial(begin_public_view, desk, commit, helper, folder=tree.folder)
