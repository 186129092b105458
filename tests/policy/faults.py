"""Everything that can be wrong with a step that is otherwise by the book: each fault, with the code that it gives."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from nearmiss.models.assessment import LEVELS
from nearmiss.models.digests import digest
from nearmiss.policy.dossier import SignedFile
from tests.policy.builder import GONE, Attempt, Edits, transition_of
from tests.policy.naive import standing
from tests.policy.naive_needs import at, named_in, to_act_on

WRONG_WORD = {"field": "report.location", "was": "dock-2", "now": "dock-3", "because": "Misheard.", "on": "2026-12-01"}
OTHER_RECORD = "NM-2026-AAAAA"
OTHER_INSTANCE = "00000000-0000-4000-8000-000000000000"
NOWHERE = "sha256:" + 64 * "0"


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One fault: the code it must give, the transitions in which it can be made, and how to make it.

    `commit` is given a step that nobody has signed yet and the people who may sign it; it returns the step with the
    fault in it, or None where this record gives no occasion for it.
    """

    name: str
    code: str
    commit: Callable[[Attempt, Sequence[str]], Attempt | None]
    on: frozenset[str]


FORWARD = frozenset({"investigate", "find-root-cause", "plan-action", "verify", "decline", "escalate"})
CORRECTING = frozenset({"correct", "redact"})
BACK = frozenset({"send-back", "reopen"})
EVERY = FORWARD | CORRECTING | BACK | {"amend-plan", "reassess", "publish-alert", "review-lesson"}
REASONED = frozenset({"amend-plan", "escalate", "reassess", "review-lesson", "send-back", "reopen"})
FAULTS: list[Fault] = []
STRUCTURAL = {"unknown-key", "missing-field", "wrong-type", "unknown-state"}
"""What the naive model knows of the form of a record; the rest is proved elsewhere, and not asked of it."""


def fault(name: str, code: str, on: Iterable[str] = EVERY) -> Callable[[Any], Any]:
    """Put a function on the list of faults."""

    def add(commit: Callable[[Attempt, Sequence[str]], Attempt | None]) -> Any:
        FAULTS.append(Fault(name=name, code=code, commit=commit, on=frozenset(on)))
        return commit

    return add


def said(name: str, code: str, on: Iterable[str] = EVERY, /, **words: Any) -> None:
    """Put a fault on the list: everybody who may sign does, and says something wrong."""

    def commit(attempt: Attempt, signers: Sequence[str]) -> Attempt:
        return signed(attempt, signers, **words)

    fault(name, code, on)(commit)


def edited(name: str, code: str, on: Iterable[str], edits: Edits | Callable[[Attempt], Edits | None]) -> None:
    """Put a fault on the list: what the record says is wrong, and then everybody signs who may."""

    def commit(attempt: Attempt, signers: Sequence[str]) -> Attempt | None:
        chosen = edits(attempt) if callable(edits) else edits
        try:
            return None if chosen is None else signed(attempt.edit(chosen), signers)
        except (KeyError, IndexError, TypeError):
            return None

    fault(name, code, on)(commit)


def signed(attempt: Attempt, signers: Sequence[str], **words: Any) -> Attempt:
    """Return the step signed by people who say who wrote what they sign."""
    wrote = attempt.authorship.of(written(attempt))
    return attempt.signed(*signers, **{"contributors": sorted(wrote), **words})


def written(attempt: Attempt) -> tuple[str, ...]:
    """Return the parts that the step seals."""
    transition = transition_of(dict(attempt.case.world.newest.data["rules"]), attempt.transition)
    content = attempt.content(transition)
    named = tuple(content["sections"]) + (("title",) if "title" in content else ())
    return tuple(transition["seals"]) if transition["kind"] == "forward" else named


# Who signs


@fault("nobody signs", "sign-off-missing")
def _nobody(attempt: Attempt, signers: Sequence[str]) -> Attempt:
    return attempt


@fault("too few sign", "sign-off-missing")
def _too_few(attempt: Attempt, signers: Sequence[str]) -> Attempt:
    return signed(attempt, signers[:-1])


@fault("a contributor signs", "contributor-signs", EVERY - {"send-back"})
def _contributor(attempt: Attempt, signers: Sequence[str]) -> Attempt:
    wrote = {*attempt.authorship.of(written(attempt)), signers[0]}
    return attempt.signed(*signers, contributors=sorted(wrote))


@fault("somebody signs who is known to have written it", "contributor-signs", EVERY - {"send-back"})
def _known_contributor(attempt: Attempt, signers: Sequence[str]) -> Attempt:
    honest = signed(attempt, signers)
    known = replace(attempt.authorship, movers=attempt.authorship.movers | {signers[0]})
    return honest.knowing(authorship=known)


@fault("a contributor is kept quiet", "contributor-missing")
def _quiet(attempt: Attempt, signers: Sequence[str]) -> Attempt | None:
    known = attempt.authorship
    if "m.okafor" in known.of(written(attempt)):
        return None
    return signed(attempt, signers).knowing(authorship=replace(known, movers=known.movers | {"m.okafor"}))


@fault("an author is nobody's", "author-unknown")
def _stranger(attempt: Attempt, signers: Sequence[str]) -> Attempt:
    strangers = {"state": frozenset({"somebody@example.net"})}
    return signed(attempt, signers).knowing(authorship=replace(attempt.authorship, strangers=strangers))


def _also(name: str, code: str, by: str, on: Iterable[str] = EVERY, **words: Any) -> None:
    """Put a fault on the list: beside those who may, somebody signs who may not."""

    def commit(attempt: Attempt, signers: Sequence[str]) -> Attempt | None:
        person = attempt.case.world.newest.people.find(by)
        left = person is not None and not person.is_active
        return None if left and code != "signer-unknown" else signed(signed(attempt, signers), [by], **words)

    fault(name, code, on)(commit)


_also("somebody without the role signs", "signer-role", "m.okafor")
_also("somebody signs whose role is for another site", "signer-role", "n.site")


@fault("somebody signs whose role is for another class", "signer-role")
def _other_class(attempt: Attempt, signers: Sequence[str]) -> Attempt | None:
    fits = at(dict(attempt.after.data), "assessment.classification") == "security"
    person = attempt.case.world.newest.people.find("j.class")
    here = person is not None and person.is_active
    return signed(signed(attempt, signers), ["j.class"]) if here and not fits else None


_also("somebody signs who is nobody", "signer-unknown", "z.nobody")
_also("somebody signs who has left", "signer-unknown", "l.former")
_also("a service signs", "signer-service", "gate")
_also("somebody with a key only claims", "signature-missing", "h.keyed")
said("the role is none that signs", "signer-role", role="policy-owner")


def _named(name: str, path: str, on: Iterable[str]) -> None:
    """Put a fault on the list: beside those who may, whoever is named at a record path signs."""

    def commit(attempt: Attempt, signers: Sequence[str]) -> Attempt | None:
        named = sorted(named_in(dict(attempt.after.data), [path]))
        people = attempt.case.world.newest.people
        active = [by for by in named if (person := people.find(by)) is not None and person.is_active]
        return signed(signed(attempt, signers), active[:1]) if active else None

    fault(name, "signer-separated", on)(commit)


_named("the lead signs", "investigation.lead", {"investigate", "verify"})
_named("the analyst signs", "root_cause.analyst", {"find-root-cause"})
_named("an owner signs", "action_plan.actions[].owner", {"plan-action", "amend-plan", "verify"})
_named("the assessor signs", "assessment.assessed_by", {"decline"})


@fault("whoever lowers the risk signs it", "signer-separated", {"reassess"})
def _lowering(attempt: Attempt, signers: Sequence[str]) -> Attempt | None:
    likelihood = at(dict(attempt.case.data), "assessment.likelihood") or 1
    assessor = at(dict(attempt.after.data), "assessment.assessed_by")
    person = attempt.case.world.newest.people.find(assessor or "")
    if likelihood < 2 or person is None or not person.is_active:
        return None
    return signed(attempt.edit({"assessment.likelihood": likelihood - 1}), [*signers, assessor])


@fault("whoever closed it reopens it", "closer-signs", {"reopen"})
def _closer(attempt: Attempt, signers: Sequence[str]) -> Attempt:
    steps = [file.statement for file in attempt.case.dossier.sign_offs if file.statement["verdict"] == "approve"]
    forward = max(one["seq"] for one in steps if one["transition"] in FORWARD)
    closers = [one["by"] for one in steps if one["seq"] == forward]
    return signed(signed(attempt, signers), closers[:1])


@fault("somebody objects", "objection-stands")
def _objection(attempt: Attempt, signers: Sequence[str]) -> Attempt:
    wrote = sorted(attempt.authorship.of(written(attempt)))
    return signed(attempt, signers).objected("c.moreau", contributors=wrote)


# What the sign-offs say

said("it was given in another register", "sign-off-foreign", instance=OTHER_INSTANCE)
said("it was given for another record", "sign-off-foreign", subject=OTHER_RECORD)
said("it follows from something else", "sign-off-chain", previous=NOWHERE)
said("it names a policy that is not", "policy-version-unknown", policy={"version": 99, "rules": NOWHERE})
said("it names other rules than were in force", "policy-version-unknown", policy={"version": 1, "rules": NOWHERE})
said("it starts from another state", "transition-illegal", **{"from": "nowhere"})
said("it goes to a state where the step does not lead", "transition-illegal", to="nowhere")
said("its meaning is in other words", "meaning-differs", meaning="Fine with me.")
said("it speaks of a time that nobody attests", "forge-unproven", time_source="server")
said("it waives what nobody may", "waiver-not-allowed", waiver={"rule": "contributor-signs", "because": "Small team."})
said("it prints another name", "name-differs", name="Somebody Else")
said("it gives no reason", "reason-missing", REASONED, because=GONE)


@fault("it is bound to other content", "sign-off-stale", EVERY - BACK)
def _content(attempt: Attempt, signers: Sequence[str]) -> Attempt:
    content = _content_of(attempt)
    sections = dict.fromkeys(content["sections"], NOWHERE)
    return signed(attempt, signers, content={**content, "sections": sections})


@fault("it is bound to what the step does not seal", "sign-off-content")
def _alien(attempt: Attempt, signers: Sequence[str]) -> Attempt:
    content = _content_of(attempt)
    sections = {**content["sections"], "briefings": NOWHERE}
    return signed(attempt, signers, content={**content, "sections": sections})


def _content_of(attempt: Attempt) -> dict[str, Any]:
    return attempt.content(transition_of(dict(attempt.case.world.newest.data["rules"]), attempt.transition))


@fault("its number leaves one out", "sign-off-gap")
def _gap(attempt: Attempt, signers: Sequence[str]) -> Attempt:
    return signed(attempt, signers, seq=attempt.case.steps + 2)


@fault("it is dated before the step that it follows", "date-backwards")
def _backwards(attempt: Attempt, signers: Sequence[str]) -> Attempt | None:
    earlier = [file.statement["at"] for file in attempt.case.dossier.sign_offs]
    day = date.fromisoformat(max(earlier)[:10]) - timedelta(days=1) if earlier else None
    return signed(attempt, signers, at=f"{day}T08:05:00Z") if day else None


@fault("two approve different things", "sign-off-set-differs")
def _differ(attempt: Attempt, signers: Sequence[str]) -> Attempt:
    wrote = attempt.authorship.of(written(attempt))
    more = "v.novak" if attempt.transition in {"verify", "review-lesson"} | BACK else "k.adeyemi"
    other = next(by for by in (more, "p.lind", "r.meyer", "a.brandt") if by not in signers)
    stranger = next(by for by in ("m.okafor", "c.moreau", "o.haddad", "t.silva", "i.garcia") if by not in wrote)
    return signed(attempt, signers).signed(other, contributors=sorted({*wrote, stranger}))


@fault("the file has another name", "sign-off-name")
def _renamed(attempt: Attempt, signers: Sequence[str]) -> Attempt:
    honest = signed(attempt, signers)
    files = [file for file in honest.after.sign_offs if file not in attempt.after.sign_offs]
    return attempt.with_files(*(replace(file, path=file.path.replace("sign-offs/", "sign-offs/0")) for file in files))


# What lies in force already


@fault("a sign-off that is in force is changed", "sign-off-tampered")
def _tampered(attempt: Attempt, signers: Sequence[str]) -> Attempt | None:
    files = attempt.case.dossier.sign_offs
    return _instead(signed(attempt, signers), files[-1], retold(files[-1], time_source="server")) if files else None


@fault("a sign-off that is in force is lost", "sign-off-tampered")
def _lost(attempt: Attempt, signers: Sequence[str]) -> Attempt | None:
    files = attempt.case.dossier.sign_offs
    return _instead(signed(attempt, signers), files[-1], None) if files else None


@fault("somebody joins a step that is in force", "sign-off-late")
def _late(attempt: Attempt, signers: Sequence[str]) -> Attempt | None:
    approvals = [file for file in attempt.case.dossier.sign_offs if file.statement["verdict"] == "approve"]
    if not approvals or any(file.statement["by"] == "x.retired" for file in approvals):
        return None
    joining = {**approvals[-1].statement, "by": "x.retired", "name": "Xenia Retired"}
    return signed(attempt, signers).with_files(attempt.case.world.sign_off(attempt.after, joining))


def _instead(attempt: Attempt, old: SignedFile, new: SignedFile | None) -> Attempt:
    files = [new if file.path == old.path else file for file in attempt.after.sign_offs]
    kept = tuple(file for file in files if file is not None)
    return replace(attempt, after=replace(attempt.after, sign_offs=kept))


def retold(file: SignedFile, **words: Any) -> SignedFile:
    """Return a sign-off at the same place that says something else."""
    data = {"statement": {**file.statement, **words}}
    return replace(file, data=data, bytes_digest=digest(data))


# What the record says


_WORDS = {
    "investigation": "findings",
    "root_cause": "method",
    "alert": "headline",
    "lesson": "headline",
    "escalation": "because",
    "assessment": "crew",
    "title": "",
}


def _sealed_before(attempt: Attempt) -> Edits | None:
    """Change a word of what an earlier step sealed, and this one does not."""
    data, ours = attempt.after.data, written(attempt)
    seals = {part: seal for entry in _stack(attempt) for part, (seal, _) in entry["seals"].items()}
    for part, word in _WORDS.items():
        if seals.get(part) is not None and part not in ours and part in data:
            way = f"{part}.{word}".rstrip(".")
            return {way: "barrier" if part == "root_cause" else f"{at(data, way) or 'D'}!"}
    return None


def _stack(attempt: Attempt) -> list[dict[str, Any]]:
    statements = [dict(file.statement) for file in attempt.case.dossier.sign_offs]
    approved = [statement for statement in statements if statement["verdict"] == "approve"]
    return standing(approved, [dict(version.data) for version in attempt.case.world.versions])[0]


edited("what is sealed is changed beside it", "sealed-section-changed", EVERY - CORRECTING - BACK, _sealed_before)
edited("the reporter is given other words", "report-changed", EVERY - CORRECTING, {"report.what_happened": "Nothing."})
edited("the day of the report moves", "fixed-field-changed", EVERY, {"report.reported_on": "2026-10-01"})
edited("a section goes", "section-removed", EVERY - {"verify"}, {"lesson": GONE})
edited(
    "an entry of progress is rewritten",
    "entry-rewritten",
    EVERY - CORRECTING,
    lambda attempt: {"progress.0.evidence": "Hearsay"} if attempt.case.data.get("progress") else None,
)
edited("a key that no record has", "unknown-key", EVERY, {"colour": "red"})
edited(
    "a correction is listed",
    "correction-unsigned",
    EVERY - CORRECTING,
    lambda attempt: {"corrections": [*attempt.after.data.get("corrections", ()), WRONG_WORD]},
)
edited(
    "an id stands for another action",
    "action-id-reused",
    EVERY - CORRECTING,
    lambda attempt: {"action_plan.actions.0.what": "Paint it."} if attempt.case.data.get("progress") else None,
)


def _less_severe(attempt: Attempt) -> Edits | None:
    severity = attempt.case.data["assessment"].get("severity_potential") or 1
    return {"assessment.severity_potential": severity - 1} if severity > 1 else None


edited("the severity falls beside it", "risk-lowered", EVERY - {"investigate", "reassess"}, _less_severe)

C2, A1 = "root_cause.causes.1", "action_plan.actions.0"


def _unless(key: str, edits: Edits) -> Callable[[Attempt], Edits | None]:
    return lambda attempt: None if key in attempt.after.data["root_cause"]["causes"][1] else edits


def _acting(edits: Edits) -> Callable[[Attempt], Edits | None]:
    """Return edits for a record with a root cause to act on."""
    return lambda attempt: edits if to_act_on(dict(attempt.after.data)) else None


for _name, _code, _on, _edits in (
    ("a needed field is missing", "needs-field", "investigate decline", {"assessment.reply": GONE}),
    ("a needed field is missing", "needs-field", "reassess", {"assessment.assessed_on": GONE}),
    ("a needed field is missing", "needs-field", "verify", {"lesson.headline": GONE}),
    ("a needed field is missing", "needs-field", "review-lesson", {"lesson.do_this": GONE}),
    ("a needed field is missing", "needs-field", "escalate", {"escalation": GONE}),
    ("a needed field is missing", "needs-field", "publish-alert", {"alert": GONE}),
    ("it is no near miss", "decision-not-near-miss", "investigate", {"assessment.decision": "hazard"}),
    ("it is a near miss", "decision-near-miss", "decline", {"assessment.decision": "near-miss"}),
    ("a concern goes nowhere", "not-referred", "decline", {"assessment.referred": GONE}),
    ("a duplicate of nothing", "duplicate-of-what", "decline", {"assessment.decision": "duplicate"}),
    ("harm was done", "actual-harm", "investigate", {"assessment.actual.level": 2}),
    (
        "it is less deep than its risk",
        "level-below-floor",
        "investigate reassess",
        {"assessment.severity_potential": 5, "assessment.likelihood": 5, "assessment.level": "medium"},
    ),
    ("a number goes", "risk-withdrawn", "investigate reassess", {"assessment.likelihood": GONE}),
    ("nobody looked elsewhere", "extent-unchecked", "investigate", {"assessment.classification": "quality"}),
    ("no root", "no-root-cause", "find-root-cause", {f"{C2}.level": "underlying"}),
    ("nothing follows", "no-disposition", "find-root-cause", {f"{C2}.disposition": GONE}),
    (
        "left without a reason",
        "no-because",
        "find-root-cause",
        _unless("because", {f"{C2}.disposition": "outside-our-control"}),
    ),
    (
        "accepted for ever",
        "no-review-date",
        "find-root-cause",
        _unless("review_on", {f"{C2}.disposition": "accept-risk", f"{C2}.because": "Small."}),
    ),
    ("people alone", "people-alone", "find-root-cause", {f"{C2}.category": "people"}),
    ("no action", "cause-without-action", "plan-action amend-plan", _acting({f"{A1}.addresses": ["C1"]})),
    ("an action of nobody", "action-incomplete", "plan-action amend-plan", {f"{A1}.owner": GONE}),
    ("an owner is forgotten", "owner-forgotten", "amend-plan", {f"{A1}.owner": "c.moreau"}),
    ("the first day is lost", "original-due-lost", "amend-plan", {f"{A1}.due": "2027-09-09"}),
    (
        "an extension is not told",
        "extension-unsaid",
        "amend-plan",
        {f"{A1}.due": "2027-09-09", f"{A1}.due_original": "2027-01-15"},
    ),
    (
        "an action goes",
        "action-removed",
        "amend-plan",
        lambda attempt: (
            {f"{A1}.id": "A9"} | ({"progress.0.action": "A9"} if attempt.after.data.get("progress") else {})
        ),
    ),
    (
        "for nobody, without a reason",
        "release-unreasoned",
        "verify review-lesson",
        {"lesson.release": {"to": "nobody"}},
    ),
    ("superseded by nothing", "successor-unnamed", "review-lesson", {"lesson.status": "superseded"}),
    ("changed and not told", "correction-unsaid", "correct redact", {"report.suggestion": "More light."}),
    (
        "told of what did not change",
        "correction-of-nothing",
        "correct redact",
        lambda attempt: {
            f"corrections.{len(attempt.after.data['corrections'])}": {**WRONG_WORD, "field": "report.shift"}
        },
    ),
    ("more than redacted", "not-a-redaction", "redact", {"report.immediate_action": "Stopped."}),
):
    edited(_name, _code, _on.split(), _edits)


def _appended(path: str, entry: dict[str, Any]) -> Callable[[Attempt], Edits | None]:
    def edits(attempt: Attempt) -> Edits | None:
        data = at(dict(attempt.after.data), path)
        return {path: [*data, entry]} if data and to_act_on(dict(attempt.after.data)) else None

    return edits


CHECK = {"on": "2029-01-01", "by": "v.novak"}
for _name, _code, _edit in (
    (
        "an action is open again",
        "action-open",
        _appended("progress", {"action": "A1", "status": "in-progress", "on": "2027-02-01", "because": "Broke."}),
    ),
    (
        "all was cancelled",
        "cause-not-acted-on",
        _appended("progress", {"action": "A1", "status": "cancelled", "on": "2027-02-01", "because": "Too dear."}),
    ),
    ("it did not work", "effect-refuted", _appended("verification.checks", {**CHECK, "result": "ineffective"})),
):
    edited(_name, _code, {"verify"}, _edit)


def _deep(level: str, edits: Edits) -> Callable[[Attempt], Edits | None]:
    def chosen(attempt: Attempt) -> Edits | None:
        acting = bool(to_act_on(dict(attempt.after.data)))
        return edits if acting and attempt.after.level in LEVELS[LEVELS.index(level) :] else None

    return chosen


def _only_check(**check: str) -> Callable[[Attempt], Edits | None]:
    whole = {"on": "2029-01-01", "by": "v.novak", "result": "effective", **check}
    return _deep("low", {"verification.checks": [whole]})


def _checked_by(path: str) -> Callable[[Attempt], Edits | None]:
    def chosen(attempt: Attempt) -> Edits | None:
        named = sorted(named_in(dict(attempt.after.data), [path]))
        return _only_check(by=named[0])(attempt) if named else None

    return chosen


edited("a root on nothing", "no-evidence", {"find-root-cause"}, _deep("medium", {f"{C2}.evidence": []}))
edited("a needed field is missing", "needs-field", {"find-root-cause"}, _deep("low", {"root_cause.analyst": GONE}))
_UNPLANNED = {"action_plan.effectiveness.check_on": GONE}
edited("a needed field is missing", "needs-field", {"plan-action", "amend-plan"}, _deep("low", _UNPLANNED))
edited("nothing was measured", "effect-unproven", {"verify"}, _only_check(result="not-measurable"))
edited("an owner checked it", "check-does-not-count", {"verify"}, _checked_by("action_plan.actions[].owner"))
edited("the lead checked it", "check-does-not-count", {"verify"}, _checked_by("investigation.lead"))
edited("it was checked too early", "check-does-not-count", {"verify"}, _only_check(on="2027-04-14"))


@fault("it is sent to where it never was", "target-never-reached", BACK)
def _never_there(attempt: Attempt, signers: Sequence[str]) -> Attempt | None:
    been = {attempt.case.state, "reported", *(file.statement["to"] for file in attempt.case.dossier.sign_offs)}
    transition = transition_of(dict(attempt.case.world.newest.data["rules"]), attempt.transition)
    return next(
        (
            signed(attempt.edit({"state": to}), signers)
            for to in transition["to"]
            if to not in {attempt.case.state, "reported", *been}
        ),
        None,
    )
