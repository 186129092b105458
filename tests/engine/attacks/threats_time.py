"""Attacks by dates: back-dated, future, negative and overflowing ones, in sign-offs, records and commits."""

from __future__ import annotations

from typing import Any

from tests.engine.attacks.ground import SIGNED, Ground
from tests.engine.attacks.threat import Made, Threat, adding
from tests.engine.fast_import import Content

BACK_DATED, FUTURE, NEGATIVE, OVERFLOWING = (
    "time: back-dated",
    "time: in the future",
    "time: negative",
    "time: overflowing",
)


def _harmless(ground: Ground) -> str:
    return ground.commit(ground.edited({"lesson.headline": "Look twice"}))


def dated(at: str) -> Made:
    """Return the making of a request in which r.meyer's approval has another date."""
    return lambda ground: ground.commit(
        {SIGNED.replace("01-investigated", ground.more.get("step", "01-investigated")): None, **_dated(ground, at)},
        who="r.meyer",
        on=[ground.more["unsigned"]],
    )


def _dated(ground: Ground, at: str) -> dict[str, Content]:
    return ground.retold(SIGNED, at=at)


def committed_at(when: str) -> Made:
    """Return the making of a request whose commits carry a date of their own."""

    def made(ground: Ground) -> str:
        scene = ground.scene
        commit, above = ground.proposal, [ground.main]
        lines = scene.git("rev-list", "--reverse", f"{ground.main}..{commit}").split()
        for oid in lines:
            author = scene.git("show", "-s", "--format=%an <%ae>", oid)
            tree = scene.git("rev-parse", f"{oid}^{{tree}}")
            raw = f"tree {tree}\nparent {above[0]}\nauthor {author} {when}\ncommitter {author} {when}\n\nA change\n"
            command = ("hash-object", "-t", "commit", "-w", "--stdin", "--literally")
            above = [scene.git(*command, stdin=raw.encode())]
        return above[0]

    return made


def _second_dated(at: str) -> Made:
    """Return the making of a request in which the second step is dated so."""
    second = SIGNED.replace("01-investigated", "02-root-caused")
    return lambda ground: ground.commit(ground.retold(second, at=at), who="r.meyer", on=[ground.more["unsigned"]])


def _of(ground: Ground, path: str, value: Any) -> dict[str, Content]:
    return ground.edited({path: value})


THREATS = (
    Threat(
        row=BACK_DATED,
        name="before the step that it follows",
        ground="root cause proposed",
        made=_second_dated("2026-11-21T08:00:00Z"),
    ),
    Threat(
        row=BACK_DATED,
        name="before there were computers",
        ground="root cause proposed",
        made=_second_dated("0001-01-01T00:00:00Z"),
    ),
    Threat(
        row=FUTURE,
        name="in a year",
        ground="proposed",
        made=dated("2027-11-22T08:00:00Z"),
    ),
    Threat(
        row=FUTURE,
        name="at the end of time",
        ground="proposed",
        made=dated("9999-12-31T23:59:59Z"),
    ),
    Threat(
        row=FUTURE,
        name="a day in the record",
        ground="drafted",
        made=adding(lambda ground: _of(ground, "assessment.assessed_on", "2199-01-01")),
        twin=_harmless,
    ),
    Threat(
        row=FUTURE,
        name="a check of next year that counts today",
        ground="drafted",
        made=adding(
            lambda ground: _of(
                ground, "verification", {"checks": [{"on": "2027-11-22", "by": "v.novak", "result": "effective"}]}
            )
        ),
        twin=_harmless,
    ),
    Threat(
        row=NEGATIVE,
        name="before the year nought",
        ground="proposed",
        made=dated("-0001-11-22T08:00:00Z"),
    ),
    Threat(
        row=NEGATIVE,
        name="an hour below nought",
        ground="proposed",
        made=dated("2026-11-22T-8:00:00Z"),
    ),
    Threat(
        row=NEGATIVE,
        name="of a commit",
        ground="proposed",
        made=committed_at("-1 +0000"),
        verdict="pass",
    ),
    Threat(
        row=OVERFLOWING,
        name="a year of five digits",
        ground="proposed",
        made=dated("10000-01-01T00:00:00Z"),
    ),
    Threat(
        row=OVERFLOWING,
        name="a thirteenth month",
        ground="proposed",
        made=dated("2026-13-01T08:00:00Z"),
    ),
    Threat(
        row=OVERFLOWING,
        name="the thirtieth of February",
        ground="proposed",
        made=dated("2026-02-30T08:00:00Z"),
    ),
    Threat(
        row=OVERFLOWING,
        name="a leap second of no leap",
        ground="proposed",
        made=dated("2026-11-22T06:59:60Z"),
    ),
    Threat(
        row=OVERFLOWING,
        name="digits that are not ours",
        ground="proposed",
        made=dated("\u0662\u0660\u0662\u0666-11-22T08:00:00Z"),
    ),
    Threat(
        row=OVERFLOWING,
        name="a day in the record",
        ground="drafted",
        made=adding(lambda ground: _of(ground, "assessment.assessed_on", "2026-02-30")),
        twin=_harmless,
    ),
    Threat(
        row=OVERFLOWING,
        name="of a commit",
        ground="proposed",
        made=committed_at("99999999999999999999 +9999"),
        verdict="pass",
    ),
    Threat(
        row=OVERFLOWING,
        name="a time zone that is none",
        ground="proposed",
        made=committed_at("1763794800 +99999999999"),
        verdict="pass",
    ),
)
