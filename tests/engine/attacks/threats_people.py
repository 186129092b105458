"""Attacks by who somebody is: two addresses or keys, contributors, roles of another day, bots, forged authors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nearmiss.models.digests import digest
from nearmiss.policy.dossier import SignedFile
from nearmiss.store.documents import YamlDocuments
from tests.engine.attacks.ground import PATH, SIGNED, Ground, plain
from tests.engine.attacks.threat import Made, Threat, adding
from tests.engine.fast_import import Content
from tests.policy.builder import HANDS

TWO, CONTRIBUTOR, TAKEN, EARLY, BOT, FORGED = (
    "people: one person with two addresses or keys",
    "people: a contributor approves",
    "people: a role taken away later",
    "people: a role not yet given",
    "people: a bot as the second person",
    "people: a forged author",
)
ROBOT = {"by": "g.robot", "name": "G Robot"}
NOVAK = {"by": "p.lind", "name": "P Lind"}


def written_by(who: str, signer: str, *, says: dict[str, Any] | None = None, as_committed: str = "") -> Made:
    """Return the making of a request whose investigation one address wrote and somebody signs."""

    def made(ground: Ground) -> str:
        words = ground.edited({"investigation.findings": "It was dark."}, revision=ground.main)
        step = ground.commit(words, who=who, on=[ground.main])
        moved = ground.commit(ground.edited({"state": "investigated"}, revision=step), who="s.ito", on=[step])
        return ground.commit(_signed_anew(ground, moved, signer, says or {}), who=as_committed or signer, on=[moved])

    return made


def _signed_anew(ground: Ground, commit: str, by: str, says: dict[str, Any]) -> dict[str, Content]:
    """Return a sign-off of what a commit says, by somebody who else would have been right to give it."""
    data = YamlDocuments().read(ground.text(PATH, commit)).data
    old = YamlDocuments().read(ground.text(SIGNED)).data
    assert data is not None
    assert old is not None
    content = old["statement"]["content"]
    sections = {part: digest(data[part]) for part in content["sections"]}
    name = by.replace(".", " ").title()
    words = {"by": by, "name": name, "content": {**content, "title": digest(data["title"]), "sections": sections}}
    return ground.retold(**{**words, **says})


def _stated(*more: str) -> dict[str, Any]:
    return {"contributors": sorted({"i.garcia", "m.okafor", "s.ito", *more})}


def signed_by_key(ground: Ground, by: str, hand: str, **more: Any) -> dict[str, Content]:
    """Return a sign-off of the proposal in somebody's name, signed with a key."""
    said = {**_statement(ground), "by": by, "name": by.replace(".", " ").title(), **more}
    path = SIGNED.replace("r.meyer", by)
    data = {"statement": said}
    signed = HANDS[hand].signed(SignedFile(path=path, data=data, bytes_digest=digest(data)))
    return {path: plain(signed.data)}


def _statement(ground: Ground) -> dict[str, Any]:
    data = YamlDocuments().read(ground.text(SIGNED)).data
    assert data is not None
    return dict(data["statement"])


def two_sign(
    first: Callable[[Ground], dict[str, Content]], second: Callable[[Ground], dict[str, Content]], who: str = "p.lind"
) -> Made:
    """Return the making of a request that needs two signatures and gets these."""

    def made(ground: Ground) -> str:
        one = ground.commit(first(ground), who="r.meyer", on=[ground.more["unsigned"]])
        return ground.commit(second(ground), who=who, on=[one])

    return made


def _by_meyer(ground: Ground) -> dict[str, Content]:
    return signed_by_key(ground, "r.meyer", "r.meyer")


def _by_lind(ground: Ground) -> dict[str, Content]:
    return signed_by_key(ground, "p.lind", "h.keyed")


BOTH_SIGN = two_sign(_by_meyer, _by_lind)


def _other_words(ground: Ground) -> dict[str, Content]:
    """Put p.lind's signature of one statement beside another."""
    path = SIGNED.replace("r.meyer", "p.lind")
    data = {"statement": {**_statement(ground), **NOVAK, "at": "2026-11-22T07:00:00Z"}}
    signed = HANDS["h.keyed"].signed(SignedFile(path=path, data=data, bytes_digest=digest(data)))
    return {path: plain({**signed.data, "statement": {**_statement(ground), **NOVAK}})}


THREATS = (
    Threat(
        row=TWO,
        name="writes from one address and signs from the other",
        ground="proposed",
        made=written_by("per@home.example", "p.lind", says=_stated()),
        twin=written_by("i.garcia", "p.lind", says=_stated()),
    ),
    Threat(
        row=TWO,
        name="the same, and says so",
        ground="proposed",
        made=written_by("per@home.example", "p.lind", says=_stated("p.lind")),
        twin=written_by("i.garcia", "p.lind", says=_stated()),
    ),
    Threat(
        row=TWO,
        name="the address in capitals",
        ground="proposed",
        made=written_by("P.LIND@EXAMPLE.ORG", "p.lind", says=_stated()),
        twin=written_by("i.garcia", "p.lind", says=_stated()),
    ),
    Threat(
        row=TWO,
        name="signs for a colleague with a second key",
        ground="keyed",
        made=two_sign(_by_lind, lambda ground: signed_by_key(ground, "r.meyer", "gate"), "r.meyer"),
        twin=BOTH_SIGN,
    ),
    Threat(
        row=TWO,
        name="signs again in another role, over the first",
        ground="keyed",
        made=two_sign(_by_lind, lambda ground: signed_by_key(ground, "p.lind", "gate", role="area-manager")),
        twin=BOTH_SIGN,
    ),
    Threat(
        row=TWO,
        name="signs once more under another name of the file",
        ground="keyed",
        made=two_sign(
            _by_lind,
            lambda ground: {
                SIGNED.replace("r.meyer", "p.lind.2"): next(iter(signed_by_key(ground, "p.lind", "gate").values()))
            },
        ),
        twin=BOTH_SIGN,
    ),
    Threat(
        row=TWO,
        name="signs with a key that was retired",
        ground="keyed",
        made=two_sign(_by_meyer, lambda ground: signed_by_key(ground, "p.lind", "x.retired")),
        twin=BOTH_SIGN,
    ),
    Threat(
        row=TWO,
        name="claims, where a key is listed",
        ground="keyed",
        made=two_sign(
            _by_meyer,
            lambda ground: {SIGNED.replace("r.meyer", "p.lind"): plain({"statement": {**_statement(ground), **NOVAK}})},
        ),
        twin=BOTH_SIGN,
    ),
    Threat(
        row=TWO,
        name="a signature taken over from another statement",
        ground="keyed",
        made=two_sign(_by_meyer, _other_words),
        twin=BOTH_SIGN,
    ),
    Threat(
        row=CONTRIBUTOR,
        name="of the section, keeping quiet",
        ground="proposed",
        made=written_by("r.meyer", "r.meyer", says=_stated()),
        twin=written_by("r.meyer", "p.lind", says=_stated("r.meyer")),
    ),
    Threat(
        row=CONTRIBUTOR,
        name="of the section, saying so",
        ground="proposed",
        made=written_by("r.meyer", "r.meyer", says=_stated("r.meyer")),
        twin=written_by("r.meyer", "p.lind", says=_stated("r.meyer")),
    ),
    Threat(
        row=CONTRIBUTOR,
        name="whoever moved the state",
        ground="proposed",
        made=adding(lambda ground: ground.retold(by="s.ito", name="S Ito"), who="s.ito"),
    ),
    Threat(
        row=CONTRIBUTOR,
        name="the lead",
        ground="proposed",
        made=written_by("m.okafor", "s.ito", says={"contributors": ["i.garcia", "m.okafor"]}),
        twin=written_by("m.okafor", "p.lind", says=_stated()),
    ),
    Threat(
        row=CONTRIBUTOR,
        name="by a change and back again",
        ground="proposed",
        made=lambda ground: _there_and_back(ground, "r.meyer"),
        twin=lambda ground: _there_and_back(ground, "s.ito"),
    ),
    Threat(
        row=TAKEN,
        name="before what they signed is in force",
        ground="demoted",
        made=lambda ground: ground.more["by r.meyer"],
    ),
    Threat(
        row=TAKEN,
        name="they sign all the same, under the version of before",
        ground="demoted",
        made=lambda ground: ground.more["by r.meyer anew"],
    ),
    Threat(
        row=EARLY,
        name="signed before the version that gives it",
        ground="demoted",
        made=lambda ground: ground.more["by m.okafor"],
    ),
    Threat(
        row=EARLY,
        name="a verifier signs what a quality lead signs",
        ground="proposed",
        made=adding(lambda ground: ground.retold(by="v.novak", name="V Novak"), who="v.novak"),
    ),
    Threat(
        row=EARLY,
        name="a deputy in a role that is nobody's to lend",
        ground="proposed",
        made=adding(lambda ground: ground.retold(by="c.moreau", name="C Moreau", role="area-manager"), who="c.moreau"),
    ),
    Threat(
        row=EARLY,
        name="who has left",
        ground="proposed",
        made=adding(lambda ground: ground.retold(by="l.former", name="L Former"), who="l.former"),
    ),
    Threat(
        row=EARLY,
        name="who is nobody",
        ground="proposed",
        made=adding(lambda ground: ground.retold(by="z.nobody", name="Z Nobody"), who="z.nobody"),
    ),
    Threat(
        row=BOT,
        name="a service with the role",
        ground="proposed",
        made=adding(lambda ground: ground.retold(**ROBOT), who="g.robot"),
    ),
    Threat(
        row=FORGED,
        name="an approval that somebody else puts in",
        ground="proposed",
        made=lambda ground: ground.commit({SIGNED: ground.text(SIGNED)}, who="s.ito", on=[ground.more["unsigned"]]),
    ),
    Threat(
        row=FORGED,
        name="an approval that only a merge puts in",
        ground="proposed",
        made=lambda ground: ground.commit(
            {SIGNED: ground.text(SIGNED)},
            who="s.ito",
            on=[ground.more["unsigned"], ground.commit({}, on=[ground.main])],
        ),
    ),
    Threat(
        row=FORGED,
        name="an approval under an address that looks alike",
        ground="proposed",
        made=lambda ground: ground.commit(
            {SIGNED: ground.text(SIGNED)}, who="r.meyer@example.0rg", on=[ground.more["unsigned"]]
        ),
    ),
    Threat(
        row=FORGED,
        name="the state moved by a stranger",
        ground="proposed",
        made=lambda ground: _moved_by(ground, "somebody@private.example"),
        twin=lambda ground: _moved_by(ground, "s.ito"),
    ),
    Threat(
        row=FORGED,
        name="what is sealed written by a stranger",
        ground="proposed",
        made=written_by("somebody@private.example", "p.lind", says=_stated()),
        twin=written_by("i.garcia", "p.lind", says=_stated()),
    ),
    Threat(
        row=FORGED,
        name="written by nobody at all",
        ground="proposed",
        made=written_by("@", "p.lind", says=_stated()),
        twin=written_by("i.garcia", "p.lind", says=_stated()),
    ),
)


def _there_and_back(ground: Ground, who: str) -> str:
    """Change what is sealed and change it back, before r.meyer signs."""
    unsigned = ground.more["unsigned"]
    there = ground.commit(
        ground.edited({"investigation.findings": "It was dark."}, revision=unsigned), who=who, on=[unsigned]
    )
    back = ground.commit({PATH: ground.text(PATH, unsigned)}, who=who, on=[there])
    return ground.commit({SIGNED: ground.text(SIGNED)}, who="r.meyer", on=[back])


def _moved_by(ground: Ground, who: str) -> str:
    step = ground.commit({PATH: ground.text()}, who=who, on=[ground.main])
    return ground.commit({SIGNED: ground.text(SIGNED)}, who="r.meyer", on=[step])
