"""What of an export may leave the team: published lessons only, cut to the fields that the site may show."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from nearmiss.engine.checking.register import check
from nearmiss.engine.publishing.allow_list import cut, published_paths
from nearmiss.engine.publishing.gists import draw_gist
from nearmiss.engine.publishing.publication import kind_of, records_with_errors
from nearmiss.policy.dossier import Dossier

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import date

    from nearmiss.engine.desk import Desk
    from nearmiss.engine.exporting.columns import Column, Sheet
    from nearmiss.engine.exporting.gathering import Exported
    from nearmiss.engine.exporting.moment import Moment
    from nearmiss.engine.publishing.allow_list import Path


@dataclass(frozen=True, kw_only=True)
class Publication:
    """What may be published of the records of a moment: the same records and fields as on the site."""

    paths: tuple[Path, ...]
    settings: Mapping[str, Any]
    day: date
    broken: Collection[str]

    def of(self, exported: Exported) -> Exported | None:
        """Return a record cut down to what may be shown, or None where nothing of it may."""
        record = exported.dossier
        gist = draw_gist(record.data, self.settings)
        if record.id in self.broken or kind_of(gist, self.settings, self.day) != "lesson":
            return None
        shown = Dossier(id=record.id, path="", data=cut(record.data, self.paths))
        return replace(exported, dossier=shown, steps=(), first_on_main="")


def publication(desk: Desk, moment: Moment) -> Publication:
    """Check the register as the site does, and return what may be published of it."""
    settings = moment.register.newest.data["rules"]["settings"]
    findings = check(desk, revision=moment.commit).findings
    broken = records_with_errors(findings)
    return Publication(paths=published_paths(settings), settings=settings, day=moment.day, broken=broken)


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
