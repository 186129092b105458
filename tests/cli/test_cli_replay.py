"""`nearmiss replay`: what another policy would have said, for people and for programs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from nearmiss import __version__
from tests.cli.shell import Shell
from tests.engine.scene import Scene

Walked = Callable[..., tuple[Shell, Scene, str]]
RULES = "workflow/policy/workflow.yaml"
TERMS = "schemas/vocabulary/hazard.yaml"


def drafted(scene: Scene, folder: str, **values: object) -> Path:
    """Lay rules with other values into a folder of their own."""
    place = scene.root.parent / folder
    place.mkdir(parents=True)
    (place / "workflow.yaml").write_bytes(scene.revised(RULES, values))
    return place


TWICE = {"transitions.0.signers.count": {"default": 2}}


def test_text_tells_the_summary_and_each_step(walked: Walked) -> None:
    """How many, of which sort; then each record with its step, what was found, and whom it would have waited for."""
    shell, scene, record = walked("root-caused")
    drafted(scene, "stricter", **TWICE)

    outcome = shell.run("s.ito", "replay", "--policy", "../stricter")

    assert (outcome.code, outcome.err) == (1, "")
    assert outcome.said == (
        "\n"
        "The replay\n"
        "Of 2 steps taken so far, 1 would not have passed as it did: 1 would have waited.\n"
        "By transition: investigate 1.\n"
        "By finding: sign-off-missing 1.\n"
        "\n"
        f"{record}  The trailer crept away from the dock while I was half inside\n"
        "investigate would have waited: step 1, signed on 2026-11-22 under version 1, in force since COMMIT\n"
        f"{scene.path(record)}\n"
        "  waiting: investigate waits for 1 more of quality-lead, area-manager  [sign-off-missing]\n"
        "    who may: p.lind, k.adeyemi, t.silva, c.moreau\n"
    )


def test_nothing_otherwise_ends_with_0(walked: Walked) -> None:
    """The policy of the working tree, by any of the names of its folder, differs in nothing."""
    shell, scene, _ = walked("investigated")

    for folder in (".", "workflow", "workflow/policy"):
        outcome = shell.run("s.ito", "replay", "--policy", folder)
        assert (outcome.code, outcome.err) == (0, "")
        assert outcome.said == "\nThe replay\nOf 1 step taken so far, it would have passed as before.\n"
    (scene.root / RULES).write_bytes(scene.revised(RULES, TWICE))

    assert shell.run("s.ito", "replay", "--policy", "workflow").code == 1


def test_a_register_without_steps_says_so(shell: Shell) -> None:
    """Where nobody took a step yet, no policy could have said anything else."""
    outcome = shell.run("s.ito", "replay", "--policy", ".")

    assert (outcome.code, outcome.said) == (0, "\nThe replay\nNo step was taken so far.\n")


def test_json_tells_every_step(walked: Walked) -> None:
    """Counts by sort, transition and code; each step with its findings."""
    shell, scene, record = walked("root-caused")
    drafted(scene, "stricter", **TWICE)

    outcome = shell.run("s.ito", "replay", "--policy", "../stricter", "--json")

    data = outcome.data
    assert outcome.code == 1
    assert (data["ok"], data["tip"], data["policy"]["version"]) == (False, scene.rev(), 1)
    assert data["tool"] == {"name": "nearmiss", "version": __version__}
    assert data["counts"] == {
        "records": 1,
        "records_left_out": 0,
        "steps": 2,
        "unsound": 0,
        "differing": 1,
        "as_now": 0,
        "refuse": 0,
        "waiting": 1,
        "late": 0,
    }
    assert (data["by_transition"], data["by_code"]) == ({"investigate": 1}, {"sign-off-missing": 1})
    [step] = data["steps"]
    assert (step["record"], step["seq"], step["verdict"], step["as_now"], step["late"]) == (
        record,
        1,
        "waiting",
        False,
        [],
    )
    assert [finding["code"] for finding in step["findings"]] == ["sign-off-missing"]


def test_late_steps_say_what_was_due(walked: Walked) -> None:
    """A deadline that would have been missed is named with its day."""
    shell, scene, record = walked("reported")
    scene.clock.to("2026-12-20")
    scene.walk(upto="investigated", record=record)
    risk = "workflow/policy/risk.yaml"
    bands = len(scene.template.documents.read((scene.root / risk).read_bytes()).data["bands"])  # type: ignore[index]
    values = {f"bands.{place}.deadlines.investigate": 5 for place in range(bands)}
    (scene.root / risk).write_bytes(scene.revised(risk, values))

    outcome = shell.run("s.ito", "replay", "--policy", ".")

    assert outcome.code == 1
    assert "1 would have been late" in outcome.said
    assert "  investigate was due on 2026-11-27\n" in outcome.said
    assert "By finding" not in outcome.said


def test_lists_of_terms_count_too(walked: Walked) -> None:
    """A term that is taken out is refused before anything is judged: records use it."""
    shell, scene, _ = walked("investigated")
    place = scene.root.parent / "fewer" / "vocabulary"
    place.mkdir(parents=True)
    (place / "hazard.yaml").write_bytes(scene.revised(TERMS, {"terms": [{"term": "other", "label": {"en": "Other"}}]}))

    outcome = shell.run("s.ito", "replay", "--policy", "../fewer")

    assert outcome.code == 1
    assert "This is no sound policy" in outcome.err
    assert "[term-removed]" in outcome.err


@pytest.mark.parametrize("folder", ["nowhere", "records"])
def test_a_folder_without_a_policy_is_a_mistake(walked: Walked, folder: str) -> None:
    """Where no file of a policy lies, the person named the wrong folder."""
    shell, _, _ = walked("investigated")

    outcome = shell.run("s.ito", "replay", "--policy", folder)

    assert outcome.code == 2
    assert f"{folder} holds no file of a policy." in outcome.err


def test_a_policy_that_cannot_be_read_gives_findings(walked: Walked) -> None:
    """What is wrong is said in the person's own file, with its line; nobody sees a traceback."""
    shell, scene, _ = walked("investigated")
    place = drafted(scene, "broken")
    (place / "workflow.yaml").write_text("schema: 1\nstates: [\n", encoding="utf-8")
    (place / "people.yaml").mkdir()

    outcome = shell.run("s.ito", "replay", "--policy", "../broken")

    assert outcome.code == 1
    assert "../broken/workflow.yaml" in outcome.err
    assert "[policy-broken]" in outcome.err
    assert "Traceback" not in outcome.err


def test_steps_that_would_not_pass_now_either_are_only_counted(walked: Walked) -> None:
    """What the policy in force would say as well is no reason against a change of it."""
    shell, scene, _ = walked("investigated")
    scene.change_policy("o.haddad", {RULES: scene.revised(RULES, TWICE)})
    scene.git("checkout", "-q", "main")

    outcome = shell.run("s.ito", "replay", "--policy", ".")

    assert outcome.code == 0
    assert "Not because of this change: 1 step would have waited under version 2 as well" in outcome.said
