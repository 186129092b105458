"""Rules beside the policy are judged by a check and by the gate, and are the program's own where there are none."""

from __future__ import annotations

from pathlib import Path

import pytest

from nearmiss.engine.errors import BrokenPolicyError, RefusedError
from nearmiss.engine.rules_beside import REMINDERS_FILE, reminders_of
from nearmiss.engine.trees import EmptyTree, WithFiles
from nearmiss.policy.findings import Finding
from nearmiss.policy.reminders import Reminders
from nearmiss.store.documents import YamlDocuments
from tests.engine.scene import Scene, codes

OUT_OF_ORDER = b"schema: 1\nclimb:\n- {after_days: 8, to: [area-manager]}\n- {after_days: 8, to: [quality-lead]}\n"
UNKNOWN_ROLE = b"schema: 1\nkinds:\n  action: {before_days: [3], to: [plant-manager]}\n"
MISSPELT = b"schema: 1\nweekday: [monday]\n"


def checked(scene: Scene, content: bytes) -> list[Finding]:
    """Put a file of rules into the working tree, and return what a check finds in it."""
    (scene.root / REMINDERS_FILE).write_bytes(content)
    return [finding for finding in scene.check().findings if finding.path == REMINDERS_FILE]


def test_the_shipped_rules_are_the_programs_own(repo_root: Path) -> None:
    """The file that comes with the program says what counts where a register has none."""
    reading = YamlDocuments().read((repo_root / REMINDERS_FILE).read_bytes())
    assert Reminders.model_validate(reading.data) == reminders_of(EmptyTree(), YamlDocuments())


def test_a_new_register_has_the_rules_and_its_check_is_fine(scene: Scene) -> None:
    """`init` lays the file down, and nothing is wrong with it."""
    assert (scene.root / REMINDERS_FILE).is_file()
    assert not scene.check().findings


def test_a_register_without_rules_is_fine(scene: Scene) -> None:
    """A register that was founded before there were such rules has nothing to mend."""
    (scene.root / REMINDERS_FILE).unlink()
    assert not scene.check().findings


@pytest.mark.parametrize(
    "content, code, line",
    [
        (OUT_OF_ORDER, "reminders-order", 4),
        (UNKNOWN_ROLE, "policy-name-unknown", 3),
        (MISSPELT, "unknown-key", 2),
        (b"schema: 1\nweekdays: [\n", "yaml-syntax", 3),
    ],
)
def test_what_is_wrong_has_its_place(scene: Scene, content: bytes, code: str, line: int) -> None:
    """Each fault is a finding with file and line, also when it is looked at again."""
    for _ in range(2):
        found = checked(scene, content)
        assert [finding.code for finding in found] == [code]
        assert found[0].line == line


def test_rules_that_are_not_sound_are_not_proposed(scene: Scene) -> None:
    """What nobody could be reminded by is refused before it is proposed."""
    with pytest.raises(RefusedError) as caught:
        scene.propose_policy("o.haddad", {REMINDERS_FILE: UNKNOWN_ROLE})
    assert {finding.code for finding in caught.value.findings} == {"policy-name-unknown"}


def test_the_gate_refuses_a_request_that_would_break_them(scene: Scene) -> None:
    """Nor can a request bring such rules that was made with git alone; with sound ones, it would only lack a signer."""
    proposed = scene.propose_policy("o.haddad", {REMINDERS_FILE: b"schema: 1\nweekdays: [friday]\n"})
    assert scene.gate(proposed.branch).verdict == "waiting"
    scene.commit_files({REMINDERS_FILE: UNKNOWN_ROLE}, who="o.haddad", branch=proposed.branch)
    assert "policy-name-unknown" in codes(scene.gate(proposed.branch).findings)


def test_a_change_of_them_is_a_policy_request(scene: Scene) -> None:
    """Changed rules come into force as a change of the policy does."""
    scene.change_policy("o.haddad", {REMINDERS_FILE: b"schema: 1\nweekdays: [friday]\n"})
    tree = scene.repository.tree(scene.rev("main"))
    assert reminders_of(tree, YamlDocuments()).weekdays == ("friday",)
    assert not scene.check(revision="main").findings


def test_broken_rules_are_told_and_not_guessed() -> None:
    """Who reminds by rules that cannot be read is told file, line and fault."""
    with pytest.raises(BrokenPolicyError, match=r"reminders\.yaml is not sound in line 2: "):
        reminders_of(WithFiles(EmptyTree(), {REMINDERS_FILE: MISSPELT}), YamlDocuments())
