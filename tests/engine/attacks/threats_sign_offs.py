"""Attacks on sign-offs: copied, replayed, told otherwise in each of their keys, reordered, taken out."""

from __future__ import annotations

from typing import Any

from nearmiss.store.documents import YamlDocuments
from tests.engine.attacks.ground import PATH, RECORD, SIGNED, Ground, plain
from tests.engine.attacks.threat import Made, Threat, adding
from tests.engine.fast_import import Content

COPIED, REPLAYED, RETOLD, REORDERED, REMOVED = (
    "workflow: a sign-off copied from another record",
    "workflow: a sign-off replayed",
    "workflow: a sign-off edited",
    "workflow: sign-offs reordered",
    "workflow: a sign-off removed",
)
SECOND = SIGNED.replace("01-investigated", "02-root-caused")
OTHER = "NM-2026-0000Z"


def _harmless(ground: Ground) -> str:
    return ground.commit(ground.edited({"lesson.headline": "Look twice"}))


def _said(ground: Ground, path: str = SIGNED, revision: str = "") -> dict[str, Any]:
    data = YamlDocuments().read(ground.text(path, revision)).data
    assert data is not None
    return dict(data["statement"])


def _twin_record(ground: Ground) -> str:
    """Put on main a second record that says the very same, and return that commit."""
    path = PATH.replace("00001", "0000Z")
    raw = ground.text(PATH, ground.main).replace(RECORD.encode(), OTHER.encode())
    ground.more["two"] = ground.commit({path: raw}, on=[ground.main], who="m.okafor")
    return ground.more["two"]


def _copied(ground: Ground, **words: Any) -> str:
    """Move the second record as the first one was, with the sign-off of the first."""
    base = _twin_record(ground)
    path = PATH.replace("00001", "0000Z")
    moved = ground.text().replace(RECORD.encode(), OTHER.encode())
    raw = plain({"statement": _said(ground) | words})
    step = ground.commit({path: moved}, on=[base])
    return ground.commit({SIGNED.replace("00001", "0000Z"): raw}, on=[step], who="r.meyer")


def _first_record_meanwhile(ground: Ground) -> str:
    """Bring the proposal of the first record, with the second one on main."""
    base = _twin_record(ground)
    step = ground.commit({PATH: ground.text()}, on=[base])
    return ground.commit({SIGNED: ground.text(SIGNED)}, on=[step], who="r.meyer")


def _retold(**words: Any) -> Made:
    """Return the making of a request in which r.meyer's own sign-off says something else."""

    def made(ground: Ground) -> str:
        told = ground.retold(**words)
        return ground.commit({SIGNED: None, **told}, on=[ground.more["unsigned"]], who="r.meyer")

    return made


def _swapped(ground: Ground) -> dict[str, Content]:
    return {SIGNED: ground.text(SECOND), SECOND: ground.text(SIGNED)}


def _renumbered(ground: Ground) -> dict[str, Content]:
    """Give the second step's number to the first, and the other way round, in name and statement."""
    first, second = _said(ground), _said(ground, SECOND)
    return {
        SIGNED.replace("01-", "02-"): plain({"statement": first | {"seq": 2}}),
        SECOND.replace("02-", "01-"): plain({"statement": second | {"seq": 1}}),
        SIGNED: None,
        SECOND: None,
    }


RETELLINGS: dict[str, dict[str, Any]] = {
    "about another record": {"subject": OTHER},
    "in another register": {"instance": "11111111-1111-4111-8111-111111111111"},
    "following from something else": {"previous": f"sha256:{'0' * 64}"},
    "in other words": {"meaning": "I have glanced at it."},
    "in a role that does not sign": {"role": "verifier"},
    "in a role that is not theirs": {"role": "area-manager"},
    "keeping who wrote it quiet": {"contributors": ["s.ito"]},
    "from another state": {"from": "root-caused"},
    "to another state": {"to": "verified"},
    "as another transition": {"transition": "find-root-cause"},
    "as a transition that there is not": {"transition": "wave-through"},
    "as a later step": {"seq": 2},
    "as step nought": {"seq": 0},
    "as a step of a huge number": {"seq": 10**15},
    "under a policy that is not": {"policy": {"version": 7, "rules": f"sha256:{'0' * 64}"}},
    "under other rules": {"policy": {"version": 1, "rules": f"sha256:{'0' * 64}"}},
    "with another name": {"name": "Ruth M."},
    "bound to nothing": {"content": {"schema": 1, "sections": {}}},
    "bound to other words": {"content": {"schema": 1, "title": f"sha256:{'0' * 64}", "sections": {}}},
    "with a key that no statement has": {"approved_by": "everybody"},
    "at a time that a server tells": {"time_source": "server"},
    "waiving what nobody may": {"waiver": {"rule": "contributor-signs", "because": "Small team."}},
    "as a verdict that there is not": {"verdict": "approved"},
}

THREATS = (
    Threat(
        row=COPIED,
        name="as it is",
        ground="proposed",
        made=_copied,
        base="two",
        twin=_first_record_meanwhile,
        twin_base="two",
    ),
    Threat(
        row=COPIED,
        name="with the id changed",
        ground="proposed",
        made=lambda ground: _copied(ground, subject=OTHER),
        base="two",
        twin=_first_record_meanwhile,
        twin_base="two",
    ),
    Threat(
        row=REPLAYED,
        name="the one of before the record was sent back",
        ground="sent back",
        made=lambda ground: ground.commit(
            {SIGNED.replace("01-investigated", "04-root-caused"): ground.text(SECOND)},
            on=[ground.more["unsigned"]],
            who="r.meyer",
        ),
    ),
    Threat(
        row=REPLAYED,
        name="the same, with the number of now",
        ground="sent back",
        made=lambda ground: ground.commit(
            {
                SIGNED.replace("01-investigated", "04-root-caused"): plain(
                    {"statement": _said(ground, SECOND) | {"seq": 4}}
                )
            },
            on=[ground.more["unsigned"]],
            who="r.meyer",
        ),
    ),
    Threat(
        row=REPLAYED,
        name="by somebody else into a step that is in force",
        ground="root-caused",
        twin=_harmless,
        made=adding(lambda ground: ground.retold(by="p.lind", name="P Lind"), who="p.lind"),
    ),
    *(
        Threat(
            row=RETOLD,
            name=name,
            ground="proposed",
            made=_retold(**words),
            verdict="waiting" if "bound" in name else "refuse",
        )
        for name, words in RETELLINGS.items()
    ),
    Threat(
        row=RETOLD,
        name="a comment in one that is in force",
        ground="investigated",
        made=adding(lambda ground: {SIGNED: ground.text(SIGNED) + b"# seen\n"}),
        twin=_harmless,
    ),
    Threat(
        row=RETOLD,
        name="one that is in force, by its giver",
        ground="investigated",
        made=adding(lambda ground: ground.retold(name="Ruth Meyer"), who="r.meyer"),
        twin=_harmless,
    ),
    Threat(
        row=RETOLD,
        name="no statement in it",
        ground="proposed",
        made=lambda ground: ground.commit(
            {SIGNED: "statement: approved\n"}, on=[ground.more["unsigned"]], who="r.meyer"
        ),
    ),
    Threat(
        row=REORDERED,
        name="their contents swapped",
        ground="root-caused",
        made=adding(_swapped),
        twin=_harmless,
    ),
    Threat(
        row=REORDERED,
        name="their numbers swapped",
        ground="root-caused",
        made=adding(_renumbered),
        twin=_harmless,
    ),
    Threat(
        row=REORDERED,
        name="another name for one",
        ground="proposed",
        made=lambda ground: ground.commit(
            {SIGNED.replace("r.meyer", "p.lind"): ground.text(SIGNED)}, on=[ground.more["unsigned"]], who="p.lind"
        ),
    ),
    Threat(
        row=REMOVED,
        name="one that is in force",
        ground="investigated",
        made=adding(lambda _: {SIGNED: None}),
        twin=_harmless,
    ),
    Threat(
        row=REMOVED,
        name="the first of two steps",
        ground="root-caused",
        made=adding(lambda _: {SIGNED: None}),
        twin=_harmless,
    ),
    Threat(
        row=REMOVED,
        name="with its step undone",
        ground="root-caused",
        twin=_harmless,
        made=adding(lambda ground: {**ground.edited({"state": "investigated"}), SECOND: None}),
    ),
    Threat(
        row=REMOVED,
        name="before it is in force",
        ground="proposed",
        verdict="waiting",
        made=adding(lambda _: {SIGNED: None}, who="r.meyer"),
    ),
)
