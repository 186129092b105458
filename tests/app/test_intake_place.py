"""Where the intake lies: outside the repository, private, with its key apart from it."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from nearmiss.app.intake import InsideRepositoryError, KeyGoneError, KeyTornError, OpenToOthersError, open_intake
from nearmiss.engine.intake.taking import take
from nearmiss.engine.intake.values import Sent
from nearmiss.errors import NearMissError
from tests.engine.scene import Scene, found_scene

DRAWN = "drawn-by-a-form-0123456789"
SENT = Sent(mode="anonymous", answers={"what_happened": "It slipped."})


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    """Return a register, for a person whose folders are in this one."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.delenv("NEARMISS_INTAKE", raising=False)
    scene = found_scene(tmp_path / "register")
    yield scene
    scene.close()


def test_it_lies_in_the_persons_own_folder(scene: Scene, tmp_path: Path) -> None:
    """Where nothing is said, store and key lie apart, below the id of the register, and nobody else may open either."""
    opened = open_intake(scene.desk("r.meyer"))
    take(opened.intake, SENT, token=DRAWN)

    key = next((tmp_path / "config").rglob("intake.key"))
    assert opened.place.parent == tmp_path / "state" / "nearmiss"
    assert opened.place.name == key.parent.name
    for path, mode in ((opened.place, 0o700), (opened.place / "intake.db", 0o600), (key.parent, 0o700), (key, 0o600)):
        assert stat.S_IMODE(path.stat().st_mode) == mode
    assert list(opened.place.glob("*.key")) == []


def test_opened_again_it_is_the_same(scene: Scene, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """By option or by variable, the same folder gives the same receipt for the same form."""
    first = take(open_intake(scene.desk("r.meyer"), str(tmp_path / "here")).intake, SENT, token=DRAWN)
    monkeypatch.setenv("NEARMISS_INTAKE", str(tmp_path / "here"))

    assert take(open_intake(scene.desk("r.meyer")).intake, SENT, token=DRAWN) == first


@pytest.mark.parametrize("place", [".", "records", ".git/intake", "site/../intake"])
def test_inside_the_repository_it_is_refused(scene: Scene, place: str) -> None:
    """What waits must never be committed or pushed: nothing is made inside the working tree or git's own folder."""
    before = sorted(scene.root.rglob("*"))

    with pytest.raises(InsideRepositoryError, match="inside the repository"):
        open_intake(scene.desk("r.meyer"), str(scene.root / place))

    assert sorted(scene.root.rglob("*")) == before


def test_a_link_into_the_repository_is_refused(scene: Scene, tmp_path: Path) -> None:
    """Whichever way leads there."""
    (tmp_path / "link").symlink_to(scene.root)

    with pytest.raises(InsideRepositoryError):
        open_intake(scene.desk("r.meyer"), str(tmp_path / "link" / "intake"))


@pytest.mark.parametrize("which", ["folder", "key"])
def test_what_others_may_open_is_refused(scene: Scene, tmp_path: Path, which: str) -> None:
    """A folder or a key that others may read keeps nothing private."""
    place = tmp_path / "here"
    open_intake(scene.desk("r.meyer"), str(place))
    wrong = place if which == "folder" else next((tmp_path / "config").rglob("intake.key"))
    wrong.chmod(0o755)

    with pytest.raises(OpenToOthersError) as refused:
        open_intake(scene.desk("r.meyer"), str(place))

    assert f"chmod go= {wrong}" in str(refused.value.hint)


def test_without_its_key_a_store_is_not_gone_on_with(scene: Scene, tmp_path: Path) -> None:
    """A new key would make all that waits unreadable for ever, and nobody would know."""
    opened = open_intake(scene.desk("r.meyer"))
    take(opened.intake, SENT, token=DRAWN)
    next((tmp_path / "config").rglob("intake.key")).unlink()

    with pytest.raises(KeyGoneError, match=r"intake\.key is not"):
        open_intake(scene.desk("r.meyer"))


def test_the_registers_own_rules_count(scene: Scene) -> None:
    """The intake goes by the rules on the main branch, and rules that cannot be read are refused with their line."""
    desk = scene.desk("r.meyer")
    assert open_intake(desk).intake.settings.languages == ("en", "de", "es", "pl")

    def put(text: str) -> None:
        path = scene.root / "workflow" / "policy" / "intake.yaml"
        path.write_text(text, encoding="utf-8")
        scene.git("add", "-A")
        scene.git("commit", "-qm", "Rules")

    put("schema: 1\nlanguages: [fr]\n")
    assert open_intake(scene.desk("r.meyer")).intake.settings.languages == ("fr",)
    put("schema: 1\nlanguages: []\n")
    with pytest.raises(NearMissError, match=r"workflow/policy/intake\.yaml is not sound in line 2"):
        open_intake(scene.desk("r.meyer"))


def test_a_torn_key_is_not_taken(scene: Scene, tmp_path: Path) -> None:
    """An empty file of a key, as a full disk leaves it, would seal everything with what anybody can guess."""
    open_intake(scene.desk("r.meyer"))
    next((tmp_path / "config").rglob("intake.key")).write_bytes(b"")

    with pytest.raises(KeyTornError, match="holds no whole key"):
        open_intake(scene.desk("r.meyer"))
