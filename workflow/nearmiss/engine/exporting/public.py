"""What of an export may leave the team: published lessons only, cut to the fields that the site may show."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from nearmiss.engine.checking.register import check
from nearmiss.engine.publishing.allow_list import cut, may_be_published, published_paths, records_with_errors
from nearmiss.engine.publishing.site_data import SiteData
from nearmiss.policy.dossier import Dossier

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from nearmiss.engine.desk import Desk
    from nearmiss.engine.exporting.columns import Column, Sheet
    from nearmiss.engine.exporting.gathering import Exported
    from nearmiss.engine.exporting.moment import Moment
    from nearmiss.engine.publishing.allow_list import Path


@dataclass(frozen=True, kw_only=True)
class Publication:
    """What may be published of the records of a moment: the same records and fields as on the site."""

    paths: tuple[Path, ...]
    data: SiteData
    broken: Collection[str]

    def of(self, exported: Exported) -> Exported | None:
        """Return a record cut down to what may be shown, or None where nothing of it may."""
        record = exported.dossier
        if record.id in self.broken or not may_be_published(record.data, self.data):
            return None
        shown = Dossier(id=record.id, path="", data=cut(record.data, self.paths))
        return replace(exported, dossier=shown, steps=(), first_on_main="")


def publication(desk: Desk, moment: Moment) -> Publication:
    """Check the register as the site does, and return what may be published of it."""
    policy = moment.register.newest
    data = SiteData(
        records=(),
        vocabulary={},
        settings=policy.data["rules"]["settings"],
        bands=lambda severity, likelihood: policy.risk.band(severity, likelihood).band,
        today=moment.day,
        findings=check(desk, revision=moment.commit).findings,
    )
    return Publication(paths=published_paths(data.settings), data=data, broken=records_with_errors(data))


def public_sheets(sheets: Iterable[Sheet], paths: Collection[Path]) -> tuple[Sheet, ...]:
    """Return the sheets with those columns that may be shown; a sheet of which nothing is left is gone."""
    found = []
    for sheet in sheets:
        shown = {column.name for column in sheet.header if column.way and _is_public(sheet, column, paths)}
        header = tuple(column for column in sheet.header if not column.way or column.name in shown)
        if shown:
            found.append(replace(sheet, header=header))
    return tuple(found)


def _is_public(sheet: Sheet, column: Column, paths: Collection[Path]) -> bool:
    places = [tuple(source.replace("[]", "").split(".")) for source in sheet.sources] or [()]
    return any((*place, *column.way) in paths for place in places)
