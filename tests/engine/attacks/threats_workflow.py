"""Attacks on the way of a record: states skipped, seals broken, sign-offs copied, replayed, edited or taken out."""

from __future__ import annotations

from typing import Any

from nearmiss.models.digests import digest
from nearmiss.store.documents import YamlDocuments
from tests.engine.attacks.ground import PATH, RECORD, SIGNED, Ground, plain
from tests.engine.attacks.threat import Made, Threat, adding, on_main
from tests.engine.fast_import import Content

SKIPPED, SEALED, RECREATED, COPIED, REPLAYED, RETOLD, REORDERED, REMOVED = (
    "workflow: a state skipped",
    "workflow: a sealed section edited",
    "workflow: a record deleted, then created again",
    "workflow: a sign-off copied from another record",
    "workflow: a sign-off replayed",
    "workflow: a sign-off edited",
    "workflow: sign-offs reordered",
    "workflow: a sign-off removed",
)
SECOND = SIGNED.replace("01-investigated", "02-root-caused")
OTHER = "NM-2026-0000Z"


def _moved_to(state: str) -> Made:
    return adding(lambda ground: ground.edited({"state": state}))


def _harmless(ground: Ground) -> str:
    return ground.commit(ground.edited({"lesson.headline": "Look twice"}))


def _skipped_and_signed(ground: Ground) -> dict[str, Content]:
    """Sign at once the way from reported to root-caused."""
    return {
        **ground.edited({"state": "root-caused"}),
        SIGNED: None,
        **ground.retold(to="root-caused"),
    }


def _said(ground: Ground, path: str = SIGNED, revision: str = "") -> dict[str, Any]:
    data = YamlDocuments().read(ground.text(path, revision)).data
    assert data is not None
    return dict(data["statement"])


def _sealed_anew(ground: Ground) -> dict[str, Content]:
    """Change what is sealed, and give the old sign-off the new digest."""
    words = ground.edited({"investigation.findings": "Nobody was to blame."})
    raw = words[PATH]
    assert isinstance(raw, bytes)
    data = YamlDocuments().read(raw).data
    assert data is not None
    content = _said(ground)["content"]
    sections = {**content["sections"], "investigation": digest(data["investigation"])}
    return words | ground.retold(content={**content, "sections": sections})


def _without(ground: Ground, section: str) -> dict[str, Content]:
    data = YamlDocuments().read(ground.text()).data
    assert data is not None
    return {PATH: plain({part: value for part, value in data.items() if part != section})}


def _deleted(ground: Ground, **more: Content) -> str:
    """Return a commit in which the record and its folder are gone."""
    return ground.commit({PATH: None, SIGNED: None, **more}, on=[ground.main])


def _again_in_one_request(ground: Ground) -> str:
    gone = _deleted(ground)
    raw = ground.text().replace(b"crept", b"moved").replace(b"state: investigated", b"state: reported")
    return ground.commit({PATH: raw}, on=[gone])


def _again_after_main_lost_it(ground: Ground) -> str:
    """Main lost the record past all rules; the request brings it as something new."""
    ground.more["lost"] = _deleted(ground)
    raw = ground.text().replace(b"crept", b"moved").replace(b"state: investigated", b"state: reported")
    return ground.commit({PATH: raw}, on=[ground.more["lost"]])


def _another(ground: Ground) -> str:
    """Report something new, where main lost a record."""
    lost = _deleted(ground)
    ground.more["lost"] = lost
    return ground.commit({PATH.replace("00001", "0000Z"): _new_report(ground)}, on=[lost])


def _new_report(ground: Ground) -> bytes:
    return ground.text().replace(RECORD.encode(), OTHER.encode()).replace(b"state: investigated", b"state: reported")


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
        row=SKIPPED,
        name="two at once",
        ground="drafted, medium",
        made=_moved_to("action"),
        twin=_harmless,
    ),
    Threat(
        row=SKIPPED,
        name="to the end",
        ground="drafted, medium",
        made=_moved_to("verified"),
        twin=_harmless,
    ),
    Threat(
        row=SKIPPED,
        name="back, unsigned",
        ground="root-caused",
        verdict="waiting",
        made=_moved_to("reported"),
        twin=_harmless,
    ),
    Threat(
        row=SKIPPED,
        name="to a state that there is not",
        ground="drafted",
        made=_moved_to("closed"),
        twin=_harmless,
    ),
    Threat(
        row=SKIPPED,
        name="by a sign-off that leaps",
        ground="proposed",
        made=adding(_skipped_and_signed, who="r.meyer"),
    ),
    Threat(
        row=SKIPPED,
        name="by one sign-off more than the step",
        ground="proposed",
        made=adding(
            lambda ground: (
                ground.edited({"state": "root-caused"})
                | ground.retold(seq=2, transition="find-root-cause", to="root-caused", **{"from": "investigated"})
            ),
            who="r.meyer",
        ),
    ),
    Threat(
        row=SKIPPED,
        name="a report that begins in a later state",
        ground="investigated",
        twin=on_main(lambda ground: {PATH.replace("00001", "0000Z"): _new_report(ground)}),
        made=on_main(
            lambda ground: {PATH.replace("00001", "0000Z"): ground.text().replace(RECORD.encode(), OTHER.encode())}
        ),
    ),
    Threat(
        row=SKIPPED,
        name="a report that brings its sign-off along",
        ground="investigated",
        twin=on_main(lambda ground: {PATH.replace("00001", "0000Z"): _new_report(ground)}),
        made=on_main(
            lambda ground: {
                PATH.replace("00001", "0000Z"): _new_report(ground),
                SIGNED.replace("00001", "0000Z"): ground.text(SIGNED),
            }
        ),
    ),
    Threat(
        row=SEALED,
        name="one word, on its own",
        ground="investigated",
        made=adding(lambda ground: ground.edited({"investigation.findings": "Nobody was to blame."})),
        twin=_harmless,
    ),
    Threat(
        row=SEALED,
        name="one letter more",
        ground="investigated",
        made=adding(lambda ground: ground.edited({"title": "Trailer rolled off the dock as a forklift drove in."})),
        twin=_harmless,
    ),
    Threat(
        row=SEALED,
        name="beside the next step, which is signed",
        ground="root cause proposed",
        made=adding(lambda ground: ground.edited({"investigation.findings": "It was the driver."})),
    ),
    Threat(
        row=SEALED,
        name="with the sign-off told otherwise",
        ground="investigated",
        made=adding(_sealed_anew, who="r.meyer"),
        twin=_harmless,
    ),
    Threat(
        row=SEALED,
        name="after it was signed, before it is in force",
        verdict="waiting",
        ground="proposed",
        made=adding(lambda ground: ground.edited({"investigation.findings": "It was the driver."})),
    ),
    Threat(
        row=SEALED,
        name="a whole section taken out",
        ground="investigated",
        made=adding(lambda ground: _without(ground, "assessment")),
        twin=_harmless,
    ),
    Threat(
        row=SEALED,
        name="the reporter's words",
        ground="drafted",
        made=adding(lambda ground: ground.edited({"report.what_happened": "Nothing."})),
        twin=_harmless,
    ),
    Threat(
        row=SEALED,
        name="a correction that nobody signed",
        verdict="waiting",
        ground="investigated",
        twin=_harmless,
        made=adding(
            lambda ground: ground.edited(
                {
                    "report.location": "dock-2",
                    "corrections": [
                        {
                            "field": "report.location",
                            "was": "dock-3",
                            "now": "dock-2",
                            "because": "Misheard.",
                            "on": "2026-11-22",
                        }
                    ],
                }
            )
        ),
    ),
    Threat(
        row=RECREATED,
        name="deleted",
        ground="investigated",
        made=_deleted,
        twin=_harmless,
    ),
    Threat(
        row=RECREATED,
        name="deleted, its sign-offs left",
        ground="investigated",
        made=adding(lambda _: {PATH: None}),
        twin=_harmless,
    ),
    Threat(
        row=RECREATED,
        name="in one request",
        ground="investigated",
        made=_again_in_one_request,
        twin=_harmless,
    ),
    Threat(
        row=RECREATED,
        name="after main lost it",
        ground="investigated",
        made=_again_after_main_lost_it,
        base="lost",
        twin=_another,
        twin_base="lost",
    ),
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
