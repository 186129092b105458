"""An audit that goes on from an earlier one: what was judged then is not judged again, and the outcome is the same.

It is taken up only where that is certain. The earlier one ended on a commit of this very main branch, nothing of the
policy changed since, and every new commit stands on main. Anything else is left to an audit from the founding on.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from itertools import chain, islice
from typing import TYPE_CHECKING

from nearmiss.engine.audit.ground import Contents, MainGround, read_versions
from nearmiss.engine.audit.history import History
from nearmiss.engine.audit.layers import in_order, keep_later, keep_whole, kept_part, places_of, remembered_in
from nearmiss.engine.audit.plain import blamed_as_plain, blamed_of
from nearmiss.engine.audit.remembering import Lives, sum_of
from nearmiss.engine.audit.results import Audited, ledgers_of, tally_of
from nearmiss.engine.audit.touches import Touches
from nearmiss.engine.audit.walking import Walk, waivers_of
from nearmiss.engine.instance import read_instance
from nearmiss.models.ids import POLICY_SUBJECT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from nearmiss.engine.audit.layers import Remembered
    from nearmiss.engine.audit.remembering import Part
    from nearmiss.engine.audit.results import Blamed, Life
    from nearmiss.engine.desk import Desk
    from nearmiss.engine.ports import Commit
    from nearmiss.engine.vault import Vault
    from nearmiss.policy.version import PolicyVersion

MOST_NEW = 5000
"""Commits beyond which it takes no longer to begin anew."""


class _NotContinuedError(Exception):
    """What is new does not stand on what is remembered, so that everything has to be judged."""


def continued(desk: Desk, tip: str, progress: Callable[[int, int], None] | None) -> Audited | None:
    """Go on from what an earlier audit of this register has left; None where there is nothing to go on from."""
    contents = desk.vault.read() if desk.vault else ()
    if not contents:
        return None
    remembered = remembered_in(contents)
    if remembered.at.now > _now(desk):
        # A date that had come then may not have come yet.
        return None
    try:
        walk = _LaterWalk(desk, _LaterHistory(_new_commits(desk, tip, remembered), tip, remembered), remembered)
    except _NotContinuedError:
        return None
    if tip != remembered.at.tip and desk.repository.forged(remembered.at.tip, tip):
        # Whoever reads that sees something else than git tells of it; an audit from the founding on says so.
        return None
    audited = walk.go(progress)
    if desk.vault and walk.has_news:
        # A path that is no text cannot be kept as such: what was kept before stays, and can be gone on from again.
        with suppress(TypeError, UnicodeEncodeError):
            walk.keep(audited, desk.vault)
    return audited


def remember(desk: Desk, walk: Walk, audited: Audited, found: Sequence[Life | Part], general: Sequence[Blamed]) -> None:
    """Leave a whole audit for the next one; not where something is wrong with the policy, by which all is judged."""
    policy = found[0]
    if desk.vault is None or policy.blamed:
        return
    try:
        content = keep_whole(
            audited, walk.history, found, walk.touches, versions=walk.candidates, general=general, now=_now(desk)
        )
    except (TypeError, UnicodeEncodeError):
        # A path that is no text cannot be kept as such.
        return
    desk.vault.write(content)


def _now(desk: Desk) -> str:
    from datetime import UTC

    return desk.clock.now().astimezone(UTC).isoformat(timespec="seconds")


def _new_commits(desk: Desk, tip: str, remembered: Remembered) -> list[Commit]:
    if tip == remembered.at.tip:
        return []
    found = list(islice(desk.repository.commits([tip], without=[remembered.at.tip]), MOST_NEW + 1))
    if len(found) > MOST_NEW:
        raise _NotContinuedError
    return found


class _Positions(dict[str, int]):
    """Positions on main: those of new commits, and behind them those that are remembered."""

    def __init__(self, remembered: Remembered) -> None:
        self._remembered = remembered

    def __missing__(self, oid: str) -> int:
        position = self._remembered.position_on_main(oid)
        if position is None:
            raise KeyError(oid)
        return position

    def __contains__(self, oid: object) -> bool:
        return super().__contains__(oid) or self._remembered.position_on_main(str(oid)) is not None


class _LaterHistory(History):
    """The new commits of a main branch, on top of those that are remembered."""

    def __init__(self, commits: Sequence[Commit], tip: str, remembered: Remembered) -> None:
        self._remembered = remembered
        super().__init__(commits, tip)

    def _find_main(self) -> None:
        at = self._tip
        while at != self._remembered.at.tip:
            if at not in self.commits or not self.commits[at].parents:
                raise _NotContinuedError
            self.main.append(at)
            at = self.commits[at].parents[0]
        self.main.reverse()
        self.positions = _Positions(self._remembered)
        self.positions.update({oid: self._remembered.at.length + place for place, oid in enumerate(self.main)})
        for commit in self.commits.values():
            # What begins elsewhere, or on a side line that was merged before, is looked at as a whole.
            if not commit.parents or any(
                one not in self.commits and one not in self.positions for one in commit.parents
            ):
                raise _NotContinuedError

    def position_of(self, oid: str) -> int:
        if oid in self.positions or oid in self.arrivals:
            return super().position_of(oid)
        position = self._remembered.position_of(oid)
        assert position is not None  # noqa: S101 - findings name commits of this history
        return position

    def _version_before(self, oid: str) -> int:
        return self._remembered.version_at(self.positions[oid])


class _LaterWalk(Walk):
    """Main from where the earlier audit came to."""

    history: _LaterHistory

    def __init__(self, desk: Desk, history: _LaterHistory, remembered: Remembered) -> None:
        self._desk = desk
        self.history = history
        self._remembered = remembered
        at = remembered.at
        self.candidates = at.versions
        self._genesis = self._start = at.genesis_at
        self._ground = MainGround(
            desk=desk,
            history=history,
            instance=read_instance(desk.repository.tree(at.genesis), desk.documents),
            versions=read_versions(desk, at.versions),
            contents=Contents(desk.repository, desk.documents.versions()),
            now=desk.clock.now(),
        )
        self._gatherer = Touches(desk, history, lambda number: self._ground.register(number).newest.settings)
        subjects = self._gatherer.subjects()
        if POLICY_SUBJECT in subjects:
            raise _NotContinuedError
        known = [name for name in sorted(subjects.union(remembered.at.again)) if name in remembered]
        old = {name: remembered.touches(name) for name in known}
        self._before = {name: remembered.life(name) for name in known}
        for touches in old.values():
            self._gatherer.recall(touches)
        new = self._gatherer.gather()
        self.of_records = {name: [*old.get(name, ()), *new.get(name, ())] for name in {*old, *new}}
        self._of_policy = ()

    @property
    def has_news(self) -> bool:
        """Whether there is anything that the next audit should not have to find out again."""
        return bool(self.history.commits)

    @property
    def _newest(self) -> PolicyVersion:
        return self._ground.register(self._remembered.at.policy).newest

    def go(self, progress: Callable[[int, int], None] | None) -> Audited:
        """Judge what is new, and what has to be judged again."""
        let_stand = waivers_of(self._newest)
        # Of the other records, no commit here touches any file.
        homes = {name: life.path for name, life in self._before.items()}
        self._general = [
            *map(blamed_of, self._remembered.at.general),
            *self.judge_commits(let_stand, homes=homes),
        ]
        judged = {life.subject: life for life in self.lives(sorted(self.of_records), let_stand, progress)}
        return self._audited_with(judged)

    def _audited_with(self, judged: Mapping[str, Life]) -> Audited:
        old, at = self._remembered, self._remembered.at
        was, now = (tally_of(list(lives.values())).as_plain() for lives in (self._before, judged))
        told = {**old.ledgers(), **{name: life.ledgers for name, life in judged.items()}}
        self._judged = judged
        findings = [*self._general, *(one for life in judged.values() for one in life.blamed)]
        return Audited(
            tip=self.history.main[-1] if self.history.main else at.tip,
            genesis=at.genesis,
            start=at.genesis,
            unproven=0,
            commits=at.length + len(self.history.main) - 1 - at.genesis_at,
            policy=at.policy,
            rules=at.rules,
            lives=Lives(in_order(chain(old.names, judged)), lambda name: judged.get(name) or old.life(name)),
            findings=self.in_order(findings),
            tally=sum_of([at.tally, now, [-figure for figure in was]]),
            ledgers=ledgers_of(told[name] for name in in_order(told) if name in told),
        )

    def keep(self, audited: Audited, vault: Vault) -> None:
        """Leave what was found for the next audit; raises TypeError or UnicodeEncodeError where a path is no text."""
        old, judged = self._remembered, self._judged
        at = replace(
            old.at,
            tip=audited.tip,
            length=old.at.length + len(self.history.main),
            now=_now(self._desk),
            general=[blamed_as_plain(one) for one in self._general],
            tally=audited.tally.as_plain(),
            again=[name for name, life in judged.items() if life.blamed],
        )
        found = [kept_part(life, self.of_records[name]) for name, life in judged.items()]
        keep_later(vault, old, at, found, places_of(self.history))
