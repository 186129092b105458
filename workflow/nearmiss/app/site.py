"""The site's data from a repository: its records, its words, its rules and the day, gathered for page making."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nearmiss.app.opening import open_desk
from nearmiss.engine.checking.register import check
from nearmiss.engine.indicators.use_case import public_figures
from nearmiss.engine.instance import read_register
from nearmiss.engine.publishing.site_data import SiteData
from nearmiss.engine.records.dossiers import gather, survey
from nearmiss.models.ids import RECORDS

if TYPE_CHECKING:
    from pathlib import Path

    from nearmiss.engine.time_and_chance import Clock


def load_site_data(directory: Path, *, clock: Clock | None = None) -> SiteData:
    """Read the working tree of the repository that a directory lies in, checked as `nearmiss check` does."""
    desk = open_desk(directory, clock=clock)
    tree = desk.repository.working_tree()
    policy = read_register(tree, desk.documents).newest
    folders, _ = survey(tree.entries(RECORDS))
    gathered = (gather(folder, tree, desk.documents) for folder in folders.values())
    checked = check(desk)
    return SiteData(
        records=[dict(one.dossier.data) for one in gathered if one.dossier is not None],
        vocabulary={
            name: {term["term"]: term for term in content["terms"]}
            for name, content in policy.data["rules"]["vocabulary"].items()
        },
        settings=policy.data["rules"]["settings"],
        bands=lambda severity, likelihood: policy.risk.band(severity, likelihood).band,
        today=desk.clock.now().date(),
        commit=checked.commit,
        findings=checked.findings,
        figures=public_figures(desk, checked.commit),
    )
