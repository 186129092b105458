"""The gist of a record: what lists, indexes and counts of the site need of it, small enough to hold ten thousand."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from nearmiss.engine.memory import alike, words_alike
from nearmiss.engine.publishing.allow_list import ACCOUNT, LESSON, classification_of, cut, published_paths
from nearmiss.models.digests import digest
from nearmiss.models.ids import ids_in
from nearmiss.models.plan import HIERARCHY_OF_CONTROLS
from nearmiss.models.values import REDACTED
from nearmiss.policy.plain import get, listed, mapped
from nearmiss.policy.proving import origin_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nearmiss.policy.standing import Standing

FORM = 2
"""The form of remembered gists; a change of what is drawn asks for another number."""

VERIFIED = "verified"
WITHDRAWN = "withdrawn"


class Warned(NamedTuple):
    """An early warning that was signed off: until which day it stands, and what it says."""

    headline: str
    do_this: str
    until: str


class Proof(NamedTuple):
    """How a record came to where it is: its states with their months, and who stands for it, as numbers.

    `steps` are the forward steps in force; `assurances` how many sign-offs in force are of which assurance. `sealed`
    names the parts that a sign-off in force binds.
    """

    steps: tuple[tuple[str, str], ...] = ()
    people: int = 0
    assurances: tuple[tuple[str, int], ...] = ()
    sealed: tuple[str, ...] = ()


NO_PROOF = Proof()


class Gist(NamedTuple):
    """One record in short. An empty text is absent or not shown; `redacted` is withheld, as in the record.

    `month` is that of the report. `told` is the digest of all that its page may show, and `mentions` the ids of other
    records in it.
    """

    id: str
    state: str
    month: str
    site: str
    area: str
    classification: str
    hazard: str
    decision: str
    severity: int
    likelihood: int
    headline: str
    do_this: str
    applies_to: tuple[str, ...]
    causes: tuple[str, ...]
    controls: tuple[str, ...]
    links: tuple[tuple[str, str], ...]
    similar: tuple[str, ...]
    lang: str
    release: str
    not_before: str
    status: str
    superseded_by: str
    duplicate_of: str
    reply: str
    warning: Warned | None
    proof: Proof
    mentions: tuple[str, ...]
    told: str

    @property
    def year(self) -> str:
        """The year of the report."""
        return self.month[:4]

    @property
    def was_verified(self) -> bool:
        """Whether it is a lesson, or was one before it turned out to be an incident."""
        return any(state == VERIFIED for state, _ in self.proof.steps)

    @classmethod
    def revive(cls, kept: Any) -> Gist:
        """Make a gist again from what a memory kept of it, which are its values in a row."""
        gist = cls(*words_alike(kept))
        steps, people, assurances, sealed = gist.proof
        proof = Proof(tuple(map(tuple, steps)), people, tuple(map(tuple, assurances)), tuple(sealed))  # type: ignore[arg-type]  # pairs, as they were put away
        return gist._replace(
            applies_to=alike(tuple(gist.applies_to)),
            causes=alike(tuple(gist.causes)),
            controls=alike(tuple(gist.controls)),
            links=tuple(map(tuple, gist.links)),  # type: ignore[arg-type]  # as above
            similar=tuple(gist.similar),
            mentions=tuple(gist.mentions),
            warning=Warned(*gist.warning) if gist.warning else None,
            proof=alike(proof),
        )


def told_of(record: Mapping[str, Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record cut down to what its page may show.

    Of one that was joined with another, that is the account of who saw it; of a lesson that was withdrawn, only that.
    """
    if record.get("state") == "declined":
        return cut(record, published_paths(settings, ACCOUNT))
    if get(record, "lesson", "status") == WITHDRAWN:
        return cut(record, published_paths(settings, ()))
    return cut(record, published_paths(settings, LESSON))


def draw_gist(record: Mapping[str, Any], settings: Mapping[str, Any], proof: Proof = NO_PROOF) -> Gist:
    """Draw the gist from a record's plain data, which may hold anything; texts are those that may be shown."""
    return draw_with_told(record, settings, proof)[0]


def draw_with_told(record: Mapping[str, Any], settings: Mapping[str, Any], proof: Proof) -> tuple[Gist, dict[str, Any]]:
    """Draw the gist as `draw_gist` does, and return beside it what `told_of` does."""
    told = told_of(record, settings)
    return _draw(record, told, settings, proof), told


def _draw(record: Mapping[str, Any], told: Mapping[str, Any], settings: Mapping[str, Any], proof: Proof) -> Gist:
    withdrawn = get(record, "lesson", "status") == WITHDRAWN
    shown = told if withdrawn else cut(record, published_paths(settings))
    assessment, lesson = mapped(record, "assessment"), mapped(record, "lesson")
    release = mapped(lesson, "release")
    return Gist(
        id=_text(record.get("id")),
        state=_text(record.get("state")),
        month=_text(get(record, "report", "reported_on"))[: len("2026-11")],
        site=_text(get(shown, "report", "site")),
        area=_text(get(shown, "report", "process_area")),
        classification=classification_of(record),
        hazard=_text(get(shown, "assessment", "hazard")),
        decision=_text(assessment.get("decision")),
        severity=_number(get(shown, "assessment", "severity_potential")),
        likelihood=_number(get(shown, "assessment", "likelihood")),
        headline=_text(get(shown, "lesson", "headline")),
        do_this=_text(get(shown, "lesson", "do_this")),
        applies_to=_texts(get(shown, "lesson", "applies_to")),
        causes=_causes(shown),
        controls=_controls(shown),
        links=tuple(
            (_text(link.get("kind")), _text(link.get("ref")))
            for link in listed(shown, "report", "links")
            if REDACTED not in link.values()
        ),
        similar=_texts(get(record, "investigation", "similar", "found")),
        lang=_text(get(shown, "report", "lang")),
        release=_text(release.get("to")),
        not_before=_text(release.get("not_before")),
        status=_text(lesson.get("status")),
        superseded_by=_text(lesson.get("superseded_by")),
        duplicate_of=_text(assessment.get("duplicate_of")) if assessment.get("decision") == "duplicate" else "",
        reply=_text(get(shown, "assessment", "reply")) if "assessment" in proof.sealed else "",
        warning=_warning(mapped(record, "alert")) if "alert" in proof.sealed else None,
        proof=proof,
        mentions=tuple(sorted(ids_in(str(told)) - {record.get("id")})),
        told=digest(told),
    )


def proof_of(standing: Standing) -> Proof:
    """Return how a record came to where it stands: what holds by its files, of which nobody is named."""
    steps = [entry.step for entry in standing.stack]
    files = [file for step in steps for file in step.approvals]
    assurances = Counter(origin_of(file, step.version).assurance for step in steps for file in step.approvals)
    return Proof(
        steps=tuple((step.to, step.day[: len("2026-11")]) for step in steps if step.transition.kind == "forward"),
        people=len({file.statement["by"] for file in files}),
        assurances=tuple(sorted(assurances.items())),
        sealed=tuple(sorted(part for part, seal in standing.seals.items() if seal.digest is not None)),
    )


def _causes(shown: Mapping[str, Any]) -> tuple[str, ...]:
    categories = (_text(cause.get("category")) for cause in listed(shown, "root_cause", "causes"))
    return tuple(dict.fromkeys(category for category in categories if category not in {"", REDACTED}))


def _controls(shown: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the kinds of control that were carried out, the strongest first."""
    status = {entry.get("action"): entry.get("status") for entry in listed(shown, "progress")}
    actions = listed(shown, "action_plan", "actions")
    done = {action.get("control") for action in actions if status.get(action.get("id")) == "done"}
    return tuple(control for control in HIERARCHY_OF_CONTROLS if control in done)


def _warning(alert: Mapping[str, Any]) -> Warned | None:
    headline, do_this, until = (_text(alert.get(key)) for key in ("headline", "do_this", "until"))
    return Warned(headline, do_this, until) if headline and until else None


def _text(value: Any) -> str:
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()


def _number(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
