"""The site's data from a repository: its records, its words, its rules and the day, gathered for page making."""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING

from nearmiss.app.crew import find_crew
from nearmiss.app.keeping import PAGES, vault_of
from nearmiss.app.opening import open_desk
from nearmiss.engine.checking.register import Listed, check
from nearmiss.engine.checking.verdicts import SEEN
from nearmiss.engine.circles import nothing_collected
from nearmiss.engine.indicators.open_work import count_open_work
from nearmiss.engine.indicators.public_view import (
    WORK,
    WORTH_A_HELPER,
    begin_public_view,
    is_known,
    knows_facts,
    public_view,
    were_many,
)
from nearmiss.engine.instance import read_register
from nearmiss.engine.publishing.audited import audit_in_short
from nearmiss.engine.publishing.gathering import gather_gists
from nearmiss.engine.publishing.site_data import SiteData, no_figures
from nearmiss.engine.records.dossiers import survey
from nearmiss.engine.rules_beside import intake_rules_of
from nearmiss.models.ids import RECORDS
from nearmiss.vcs.repository import open_repository

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from nearmiss.app.crew import Crew
    from nearmiss.engine.desk import Desk
    from nearmiss.engine.publishing.site_data import AskFigures
    from nearmiss.engine.records.dossiers import Folder
    from nearmiss.engine.time_and_chance import Clock
    from nearmiss.engine.vault import Vault
    from nearmiss.policy.standing import Register


def vault_of_pages(directory: Path) -> Vault | None:
    """Return what keeps, from one build to the next, which pages were written and from what."""
    return vault_of(open_repository(directory).git_dir, PAGES)


def load_site_data(directory: Path, *, clock: Clock | None = None, shows_figures: bool = True) -> SiteData:
    """Read the working tree of the repository that a directory lies in, checked as `nearmiss check` does.

    Of many records, the figures are worked out by somebody else, until they are asked for.
    """
    desk = open_desk(directory, clock=clock)
    commit = desk.head()
    figures = _Figures(desk, commit, directory) if shows_figures else None
    tree = desk.repository.settled_tree(*SEEN)
    register = read_register(tree, desk.documents)
    policy = register.newest
    folders, strays = survey(tree.entries(RECORDS))
    if figures is not None:
        figures.begin_early(register, folders)
    with nothing_collected():
        gists, told = gather_gists(desk, tree, register, folders)
    # By now, what figures are made from is remembered.
    view = figures.begin(folders) if figures is not None else no_figures
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


class _Figures:
    """The figures of a site: where there are many records, a helper works them out while pages are made."""

    def __init__(self, desk: Desk, commit: str, directory: Path) -> None:
        self._desk, self._commit, self._directory = desk, commit, directory
        self._is_known = is_known(desk, commit)
        self._helper: Crew | None = None
        self._view: AskFigures | None = None
        if not self._is_known and were_many(desk):
            self._helper = find_crew(most=1)
        if self._helper is not None:
            self._helper.get_ready(WORK)

    def begin_early(self, register: Register, folders: Mapping[str, Folder]) -> None:
        """Begin before the records are gathered, where somebody has got ready and will have to read few of them."""
        if self._helper is not None and knows_facts(self._desk, register, folders):
            self._view = self._begun(self._helper)

    def begin(self, folders: Mapping[str, Folder]) -> AskFigures:
        """Begin, if that was not done, and return what tells the figures; those of few are worked out when asked."""
        if self._view is None and len(folders) >= WORTH_A_HELPER and not self._is_known:
            self._helper = self._helper or find_crew(most=1)
            self._view = self._begun(self._helper) if self._helper is not None else None
        return self._view or cache(partial(public_view, self._desk, self._commit, held=folders))

    def _begun(self, helper: Crew) -> AskFigures:
        return begin_public_view(self._desk, self._commit, helper, folder=str(self._directory.resolve()))
