"""The versions of one record: its dossier at any commit, put together from its files, many of them before anybody asks.

A processor does the same again in less time than one thing after the other. So of several records all documents are
read first, then all sign-offs, then every version is put together, then one rule after the other whose outcome is noted
is asked of all of them, and only then is the first of them judged.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nearmiss.engine.audit.course import applied
from nearmiss.engine.audit.ground import HeldFiles
from nearmiss.engine.ports import REGULAR_FILE, TreeEntry
from nearmiss.engine.records.dossiers import Gathered, Known, gather, read_sign_off, survey
from nearmiss.models.ids import is_record_path
from nearmiss.policy.standing import replay
from nearmiss.policy.structure import judge_record_structure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from nearmiss.engine.audit.course import Files
    from nearmiss.engine.audit.ground import Contents, Ground
    from nearmiss.engine.audit.touches import Touch
    from nearmiss.policy.dossier import Dossier

    Listed = tuple[tuple[str, tuple[str, str]], ...]
    """The files of a record in the order of their paths."""


class Versions:
    """What a record's files said at any time.

    Whatever is done ahead is only done sooner: what cannot be is left to when it is asked for, and told then.
    """

    def __init__(self, record_id: str, touches: Sequence[Touch], contents: Contents) -> None:
        self._id = record_id
        self._touches = touches
        self._contents = contents
        self._sign_offs: Known = {}
        self._ahead: dict[Listed, Gathered] = {}
        self._in_turn: list[tuple[Dossier, int]] = []

    def gathered(self, files: Files) -> Gathered:
        """Return the dossier that certain files make; nobody else is given the same one."""
        listed = tuple(sorted(files.items()))
        return self._ahead.pop(listed, None) or self._gather(listed)

    def read_records(self) -> None:
        """Read what the record said in each commit."""
        for path, oid in self._in_hand():
            if is_record_path(path):
                self._contents.read(self._contents.blob(oid))

    def read_sign_offs(self) -> None:
        """Read the sign-offs."""
        for path, oid in self._in_hand():
            if "/sign-offs/" in path and (path, oid) not in self._sign_offs:
                signed, _ = read_sign_off(path, self._contents.blob(oid), self._id, self._contents)
                if signed is not None:
                    self._sign_offs[path, oid] = signed

    def gather(self, start: int) -> None:
        """Put together each version that main held after a position."""
        main = [touch for touch in self._touches if touch.is_on_main]
        if not all(self._contents.holds(change.new_oid) for touch in main for change in touch.changes):
            return
        files: Files = {}
        for touch in main:
            files = applied(files, touch)
            if touch.position > start:
                listed = tuple(sorted(files.items()))
                self._ahead[listed] = gathered = self._gather(listed)
                if gathered.dossier is not None:
                    self._in_turn.append((gathered.dossier, touch.policy))

    def foresee(self, rule: Callable[[Dossier, Ground, int], bool], ground: Ground) -> None:
        """Ask a rule of each version that was put together, which notes what it finds; leave out what it does not pass.

        Each begins with what is noted of the one before.
        """
        passed: list[tuple[Dossier, int]] = []
        for dossier, policy in self._in_turn:
            if passed:
                dossier.follow(passed[-1][0])
            if rule(dossier, ground, policy):
                passed.append((dossier, policy))
        self._in_turn = passed

    def _in_hand(self) -> Iterator[tuple[str, str]]:
        for touch in self._touches:
            for change in touch.changes:
                oid = change.new_oid
                if oid is not None and change.new_mode == REGULAR_FILE and self._contents.holds(oid):
                    yield change.path, oid

    def _gather(self, listed: Listed) -> Gathered:
        folders, findings = survey(TreeEntry(mode=mode, oid=oid, path=path) for path, (mode, oid) in listed)
        if self._id not in folders:
            return Gathered(dossier=None, findings=tuple(findings))
        contents = self._contents
        gathered = gather(folders[self._id], HeldFiles(dict(listed), contents), contents, known=self._sign_offs)
        return Gathered(dossier=gathered.dossier, findings=(*findings, *gathered.findings), raw=gathered.raw)


def _has_structure(dossier: Dossier, ground: Ground, policy: int) -> bool:
    return not judge_record_structure(dossier.data, terms=ground.register(policy).newest.terms, notes=dossier.notes)


def _is_replayed(dossier: Dossier, ground: Ground, policy: int) -> bool:
    replay(dossier, ground.register(policy))
    return True


_FORESEEN = (_has_structure, _is_replayed)
"""Rules that note what they find, in an order in which each may rely on those before."""


def look_ahead(records: Iterable[Versions], start: int, ground: Ground) -> None:
    """Read, put together and find out what judging some records after a position will ask for, kind by kind."""
    of_all = list(records)
    for versions in of_all:
        versions.read_records()
    for versions in of_all:
        versions.read_sign_offs()
    for versions in of_all:
        versions.gather(start)
    for rule in _FORESEEN:
        for versions in of_all:
            versions.foresee(rule, ground)
