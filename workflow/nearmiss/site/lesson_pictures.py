"""The pictures of a lesson: why it could happen, and the risk before and after; each of them said in text as well."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from nearmiss.policy.plain import listed, mapped
from nearmiss.render.characters import shortened
from nearmiss.render.languages import N_
from nearmiss.render.pictures.cause_tree import CauseTree, DrawnCause, draw_cause_tree
from nearmiss.render.pictures.fishbone import Bone, BoneCause, Fishbone, draw_fishbone
from nearmiss.render.pictures.risk_matrix import (
    RiskBand,
    RiskMark,
    RiskMatrix,
    RiskScale,
    draw_risk_matrix,
)
from nearmiss.render.text import WITHHELD
from nearmiss.render.words import LIKELIHOOD, SEVERITY, WITHHELD_WORD, spell_scale, spell_term, text_in
from nearmiss.site.causes import all_causes
from nearmiss.site.rules_in_words import label_of_band

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nearmiss.render.languages import Words
    from nearmiss.site.causes import Cause
    from nearmiss.site.lessons import Lesson, Risk

NOTHING = ""
ISHIKAWA = "ishikawa"
SCALE = range(1, 6)

_LONGEST = 150
"""Letters of what happened that stand on top of the causes."""

_SHORTEST = 20
_END_OF_SENTENCE = re.compile(r"(?<=[.!?…])\s+")
_OTHER_CAUSES = N_("Other causes")


@dataclass(frozen=True, kw_only=True)
class Artist:
    """Draws the pictures of lessons in the words of one language, as markup; what they share is made once."""

    words: Words
    _scales: dict[str, RiskScale] = field(default_factory=dict)
    _drawn_risks: dict[tuple[object, ...], str] = field(default_factory=dict)

    def causes(self, lesson: Lesson) -> str:
        """Draw the causes behind what happened, as a fishbone where they were looked for so; one alone needs none."""
        if sum(1 for _ in all_causes(lesson.causes)) < 2:  # noqa: PLR2004 - one alone is no tree
            return NOTHING
        return self._fishbone(lesson) if lesson.method == ISHIKAWA else self._tree(lesson)

    def risk(self, lesson: Lesson) -> str:
        """Draw where the risk stood and where it stands, where that is known."""
        if lesson.before is None:
            return NOTHING
        # Of thousands of lessons, many stand and stood in the same places.
        places = (lesson.card.source.origin, *_place_of(lesson.before), *_place_of(lesson.after))
        if places not in self._drawn_risks:
            self._drawn_risks[places] = self._draw_risk(lesson, lesson.before)
        return self._drawn_risks[places]

    def _draw_risk(self, lesson: Lesson, before: Risk) -> str:
        matrix = RiskMatrix(
            title=self.words.gettext("The risk on the matrix"),
            description="",
            scale=self._scale(lesson),
            before=self._mark(self.words.gettext("before"), before),
            after=self._mark(self.words.gettext("after"), lesson.after) if lesson.after else None,
        )
        return draw_risk_matrix(matrix, prefix="nm-matrix")

    def _tree(self, lesson: Lesson) -> str:
        tree = CauseTree(
            title=self.words.gettext("Why it could happen, as a tree"),
            description=self.words.gettext("Each cause lies behind the one it explains. The same follows as text."),
            event=self._event(lesson),
            causes=tuple(map(self._drawn, lesson.causes)),
        )
        return draw_cause_tree(tree, prefix="nm-causes")

    def _drawn(self, cause: Cause) -> DrawnCause:
        return DrawnCause(
            level=cause.level,
            label=self._label(cause),
            category=cause.category,
            statement=self._plain(cause.statement),
            behind=tuple(map(self._drawn, cause.behind)),
        )

    def _fishbone(self, lesson: Lesson) -> str:
        bones: dict[str, list[BoneCause]] = {}
        for cause in all_causes(lesson.causes):
            drawn = BoneCause(statement=self._plain(cause.statement), mark=self._label(cause))
            bones.setdefault(cause.category or self.words.gettext(_OTHER_CAUSES), []).append(drawn)
        fishbone = Fishbone(
            title=self.words.gettext("Why it could happen, as a fishbone"),
            description=self.words.gettext("The causes by their kind. The same follows as text."),
            event=self._event(lesson),
            bones=tuple(Bone(label=label, causes=tuple(causes)) for label, causes in bones.items()),
        )
        return draw_fishbone(fishbone, prefix="nm-causes")

    def _event(self, lesson: Lesson) -> str:
        return in_short(self._plain(lesson.what_happened)) or self.words.gettext("What happened")

    def _label(self, cause: Cause) -> str:
        return self.words.gettext(cause.label) if cause.label else ""

    def _plain(self, text: str) -> str:
        return self.words.gettext(WITHHELD_WORD) if text == WITHHELD else text

    def _mark(self, word: str, risk: Risk) -> RiskMark:
        sentence = self.words.gettext(
            "%(band)s: severity %(severity)s, likelihood %(likelihood)s",
            band=risk.label,
            severity=risk.severity_in_words,
            likelihood=risk.likelihood_in_words,
        )
        return RiskMark(word=word, severity=risk.severity, likelihood=risk.likelihood, sentence=sentence)

    def _scale(self, lesson: Lesson) -> RiskScale:
        source = lesson.card.source
        if source.origin not in self._scales:
            self._scales[source.origin] = scale_of(source.rules, source.bands, self.words)
        return self._scales[source.origin]


def _place_of(risk: Risk | None) -> tuple[int, int]:
    return (risk.severity, risk.likelihood) if risk is not None else (0, 0)


def scale_of(rules: Mapping[str, Any], bands: Any, words: Words) -> RiskScale:
    """Return the matrix of a policy in words; what the policy has no words for is said in ours."""
    risk = mapped(rules, "risk")
    known = {str(band.get("band")): band for band in listed(risk, "bands")}
    cells = tuple(tuple(bands(severity, likelihood) for severity in SCALE) for likelihood in SCALE)
    names = [name for name in known if any(name in row for row in cells)]
    names += [name for name in dict.fromkeys(name for row in cells for name in row) if name not in known]
    codes = {name: str(known.get(name, {}).get("code") or spell_term(name)[:1]) for name in names}
    return RiskScale(
        severity=_steps(risk.get("severity"), SEVERITY, words),
        likelihood=_steps(risk.get("likelihood"), LIKELIHOOD, words),
        cells=tuple(tuple(codes[name] for name in row) for row in cells),
        bands=tuple(RiskBand(name=name, code=codes[name], label=label_of_band(name, rules, words)) for name in names),
        severity_axis=words.gettext("Severity"),
        likelihood_axis=words.gettext("Likelihood"),
    )


def in_short(text: str) -> str:
    """Return the first sentence of a text, cut at a word where it is long."""
    sentence = ""
    for part in _END_OF_SENTENCE.split(" ".join(text.split())):
        sentence = f"{sentence} {part}".strip()
        if len(sentence) >= _SHORTEST:
            break
    return shortened(sentence, _LONGEST)


def _steps(steps: Any, ours: tuple[str, ...], words: Words) -> tuple[str, ...]:
    labels = {step.get("value"): text_in(step.get("label"), words.language) for step in steps or ()}
    return tuple(labels.get(number) or spell_scale(number, ours, words) for number in SCALE)
