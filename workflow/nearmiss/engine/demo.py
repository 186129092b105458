"""The demo's player: stories of near misses carried out by the real use cases, each person at their own desk."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from nearmiss.engine.documents import Edit
from nearmiss.engine.ports import Identity
from nearmiss.engine.proposing.advancing import advance, close
from nearmiss.engine.proposing.approving import sign_off
from nearmiss.engine.proposing.drafting import ProgressReport, proposal_branch, report_progress, save_draft
from nearmiss.engine.proposing.merging import merge
from nearmiss.engine.proposing.proposals import Word, main_register
from nearmiss.engine.records.dossiers import open_dossier
from nearmiss.engine.reporting import report_near_miss
from nearmiss.errors import ExitCode, NearMissError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from nearmiss.engine.desk import Desk
    from nearmiss.engine.signer import Signer

STORY_ZONE = timezone(timedelta(hours=1))
"""Where the stories take place."""


class StoryError(NearMissError):
    """A story does not come out as it says: the stories and the rules no longer fit each other."""

    exit_code = ExitCode.FAULT

    def __init__(self, record_id: str, what: str) -> None:
        super().__init__(f"The demo's story of {record_id} does not come out: {what}.", hint="This is a fault of ours.")


class StoryClock:
    """A clock that stands where the story is."""

    def __init__(self) -> None:
        self._now = datetime(2026, 1, 1, tzinfo=STORY_ZONE)

    def set(self, on: str) -> None:
        """Go to the local time of a story's step."""
        self._now = datetime.fromisoformat(on).replace(tzinfo=STORY_ZONE)

    def now(self) -> datetime:
        """Return the time in the story."""
        return self._now


@dataclass(frozen=True, kw_only=True)
class Actor:
    """One of the cast, under the key by which stories call them."""

    key: str
    handle: str
    name: str
    email: str
    kind: str
    roles: Sequence[Mapping[str, Any]]
    hand: Signer | None = None
    """What they sign with; None where what they say is a claim."""

    @property
    def identity(self) -> Identity:
        """Who they are to git."""
        return Identity(name=self.name, email=self.email)

    def as_person(self) -> dict[str, Any]:
        """Return their entry for people.yaml."""
        keys = [{"key": line} for line in self.hand.at_hand()] if self.hand else []
        return {
            "handle": self.handle,
            "name": self.name,
            "emails": [self.email],
            "kind": self.kind,
            "roles": [dict(role) for role in self.roles],
            **({"keys": keys} if keys else {}),
        }


@dataclass(frozen=True, kw_only=True)
class Story:
    """A record as it stands in the end, sections as they stood earlier, and the steps between."""

    record: Mapping[str, Any]
    variants: Mapping[str, Mapping[str, Any]]
    journey: Sequence[Mapping[str, Any]]

    @property
    def id(self) -> str:
        """The record's id."""
        return str(self.record["id"])


@dataclass(frozen=True, kw_only=True)
class Scene:
    """One step that was played, for whoever watches."""

    on: str
    who: str
    what: str
    record: str


def read_story(data: Mapping[str, Any], cast: Mapping[str, Actor]) -> Story:
    """Make a story of a file's plain data, with people in the places of their keys."""
    filled = _cast(data, cast)
    return Story(record=filled["record"], variants=filled.get("variants", {}), journey=filled["journey"])


def _cast(value: Any, cast: Mapping[str, Actor]) -> Any:
    if isinstance(value, dict):
        return {key: _cast(entry, cast) for key, entry in value.items()}
    if isinstance(value, list):
        return [_cast(entry, cast) for entry in value]
    if isinstance(value, str) and value.startswith("@") and value[1:] in cast:
        return cast[value[1:]].handle
    return value


class Player:
    """Plays stories side by side in the order of their dates."""

    def __init__(self, desk: Desk, clock: StoryClock, cast: Sequence[Actor]) -> None:
        self._desk = replace(desk, clock=clock)
        self._clock = clock
        self._cast = {actor.handle: actor for actor in cast}

    def play(self, stories: Sequence[Story], say: Callable[[Scene], None]) -> None:
        """Play every step of every story; raises StoryError where a record does not end as its story says."""
        steps = [(str(step["on"]), place, step, story) for story in stories for place, step in enumerate(story.journey)]
        for on, _, step, story in sorted(steps, key=lambda entry: entry[:2]):
            self._clock.set(on)
            what = self._play(step, story)
            actor = self._cast.get(str(step.get("by")))
            say(Scene(on=on, who=actor.name if actor else "somebody", what=what, record=story.id))
        for story in stories:
            self._compare(story)

    def _play(self, step: Mapping[str, Any], story: Story) -> str:
        actor = self._cast.get(str(step.get("by")))
        desk = replace(self._desk, identity=actor.identity if actor else None, signer=actor.hand if actor else None)
        verb = str(step["do"])
        play: Callable[[Desk, Mapping[str, Any], Story], str] = getattr(self, f"_do_{verb}")
        return play(desk, step, story)

    def _do_report(self, desk: Desk, _step: Mapping[str, Any], story: Story) -> str:
        report = dict(story.record["report"])
        reporter = report.pop("reporter")
        report.pop("reported_on")
        report.pop("clarifications", None)
        answers = report | {"group": reporter.get("group")}
        title = str(story.record["title"])
        report_near_miss(desk, answers, mode=reporter["mode"], title=title, record_id=story.id)
        return f"reports ({reporter['mode']}): {title}"

    def _do_draft(self, desk: Desk, step: Mapping[str, Any], story: Story) -> str:
        main = main_register(desk)[1].newest.settings.main_branch
        save_draft(desk, story.id, _edits(step, story), branch=main)
        return f"writes {', '.join(step['sections'])}"

    def _do_edit(self, desk: Desk, step: Mapping[str, Any], story: Story) -> str:
        save_draft(desk, story.id, _edits(step, story), branch=proposal_branch(desk, story.id))
        return f"mends {', '.join(step['sections'])} in the proposal"

    def _do_advance(self, desk: Desk, step: Mapping[str, Any], story: Story) -> str:
        advanced = advance(
            desk,
            story.id,
            transition=str(step.get("transition", "")),
            to=str(step.get("to", "")),
            because=str(step.get("because", "")),
            edits=_edits(step, story),
        )
        return f"proposes {advanced.steps[0].transition.name} → {advanced.steps[-1].to}"

    def _do_close(self, desk: Desk, _step: Mapping[str, Any], story: Story) -> str:
        closed = close(desk, story.id)
        return f"proposes all steps to {closed.steps[-1].to} in one request"

    def _do_approve(self, desk: Desk, step: Mapping[str, Any], story: Story) -> str:
        signed = sign_off(desk, story.id, Word(role=str(step.get("role", ""))))
        return f"approves {', '.join(signed.steps)} ({signed.verdict})"

    def _do_object(self, desk: Desk, step: Mapping[str, Any], story: Story) -> str:
        word = Word(verdict="object", role=str(step.get("role", "")), because=str(step["because"]))
        signed = sign_off(desk, story.id, word)
        return f"objects to {', '.join(signed.steps)}"

    def _do_merge(self, desk: Desk, _step: Mapping[str, Any], story: Story) -> str:
        return f"merges: now {merge(desk, story.id).state}"

    def _do_progress(self, desk: Desk, step: Mapping[str, Any], story: Story) -> str:
        on = str(step["on"])[:10]
        wanted = {"action": step["action"], "status": step["status"], "on": on}
        entry = next(
            entry for entry in story.record["progress"] if all(entry[key] == value for key, value in wanted.items())
        )
        report = ProgressReport(
            action=str(step["action"]),
            status=str(step["status"]),
            evidence=str(entry.get("evidence", "")),
            because=str(entry.get("because", "")),
            on=on,
        )
        report_progress(desk, story.id, report)
        return f"reports {step['action']} {step['status']}"

    def _compare(self, story: Story) -> None:
        base, _ = main_register(self._desk)
        dossier, _ = open_dossier(self._desk.repository.tree(base), story.id, self._desk.documents)
        wrong = [key for key, value in story.record.items() if dossier.data.get(key) != value]
        if wrong:
            raise StoryError(story.id, f"{', '.join(wrong)} of the record is not what the story says")


def _edits(step: Mapping[str, Any], story: Story) -> list[Edit]:
    source = story.variants[str(step["variant"])] if "variant" in step else story.record
    return [Edit(at=(section,), value=source[section]) for section in step.get("sections", ())]
