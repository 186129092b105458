"""Attacks on the way of a record: states skipped, seals broken, records deleted and made again."""

from __future__ import annotations

from typing import Any

from nearmiss.models.digests import digest
from nearmiss.store.documents import YamlDocuments
from tests.engine.attacks.ground import PATH, RECORD, SIGNED, Ground, plain
from tests.engine.attacks.threat import Made, Threat, adding, on_main
from tests.engine.fast_import import Content

SKIPPED, SEALED, RECREATED = (
    "workflow: a state skipped",
    "workflow: a sealed section edited",
    "workflow: a record deleted, then created again",
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
)
