"""The stages of what proves: keys, signing, attesting, audit, gate and replay; and of the files of a forge."""

from __future__ import annotations

import atexit
import shutil
from contextlib import ExitStack
from pathlib import Path

import pytest

from nearmiss.app.opening import open_desk
from nearmiss.app.story_keys import StoryKey
from nearmiss.engine.audit.auditing import audit as run_audit
from nearmiss.forge.tokens import OURS
from tests.cli.shell import Shell
from tests.crashes.stage import Prepared, advanced, founded, staged
from tests.engine.cast import CAST
from tests.engine.scene import Scene, identity_of, walked_scene
from tests.forge.desk import requested
from tests.forge.stand import TOKEN, service_key, standing

PEOPLE = "workflow/policy/people.yaml"
SIGNER = "r.meyer"


def _pair(above: Path) -> StoryKey:
    """Lay a key beside a register, both halves of it."""
    key = StoryKey("stopped at any call")
    private = above / "key"
    private.touch(mode=0o600)
    private.write_bytes(key.as_file())
    (above / "key.pub").write_text(f"{key.public.line}\n", encoding="ascii")
    return key


def _keyed(scene: Scene) -> None:
    """List the signer's key, by a change of the policy that is in force."""
    place = [entry["handle"] for entry in CAST].index(SIGNER)
    listed = {f"people.{place}.keys": [{"key": _pair(scene.root.parent).public.line}]}
    scene.change_policy("o.haddad", {PEOPLE: scene.revised(PEOPLE, listed)})


def keys_add(folder: Path) -> Prepared:
    """A key is proposed to be listed."""
    scene = founded(folder)
    _pair(scene.root.parent)
    return staged(scene, "o.haddad", "keys", "add", "../key.pub", "--person", SIGNER)


def keys_retire(folder: Path) -> Prepared:
    """A key is proposed to be retired."""
    scene = founded(folder)
    _keyed(scene)
    return staged(scene, "o.haddad", "keys", "retire", SIGNER)


def approve_sign(folder: Path) -> Prepared:
    """A proposal is signed with a key."""
    scene = founded(folder)
    _keyed(scene)
    record = scene.prepare("low")
    scene.advance("s.ito", record)
    return staged(scene, SIGNER, "approve", record, "--sign", "--key", "../key")


def audit(folder: Path) -> Prepared:
    """The history is audited for the first time, which makes what the next audit goes on from, and the key of that."""
    scene, _ = walked_scene(folder, upto="investigated")
    return staged(scene, SIGNER, "audit", environment={"XDG_STATE_HOME": "../state"}, watched=".")


def audit_later(folder: Path) -> Prepared:
    """The history is audited again after something happened, which adds to what the first audit left."""
    scene, _ = walked_scene(folder, upto="investigated")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(scene.root.parent / "state"))
        run_audit(open_desk(scene.root, clock=scene.clock, identity=identity_of(SIGNER)))
    scene.report()
    return staged(scene, SIGNER, "audit", environment={"XDG_STATE_HOME": "../state"}, watched=".")


def audit_pack(folder: Path) -> Prepared:
    """The history is audited and packed, in the place of an earlier pack."""
    scene, _ = walked_scene(folder, upto="investigated")
    (scene.root / "pack.zip").write_text("old\n", encoding="ascii")
    words = ("audit", "--pack", "pack.zip", "--force")
    return staged(scene, SIGNER, *words, environment={"XDG_STATE_HOME": "../state"})


def gate(folder: Path) -> Prepared:
    """A request is judged, and the comment on it written to a file, in the place of an earlier one."""
    scene, record = advanced(folder)
    scene.approve(SIGNER, record)
    (scene.root / "comment.md").write_text("old\n", encoding="ascii")
    proposal = f"near-miss/{record}/01-investigate"
    return staged(scene, SIGNER, "gate", "--base", "main", "--head", proposal, "--write", "markdown=comment.md")


def replay(folder: Path) -> Prepared:
    """The history is judged once more by its own policy."""
    scene, _ = walked_scene(folder, upto="investigated")
    shutil.rmtree(scene.root / ".git" / "nearmiss", ignore_errors=True)
    return staged(scene, SIGNER, "replay", "--policy", "workflow/policy")


def init_forge(folder: Path) -> Prepared:
    """The files of a forge are added to a register that has none."""
    return staged(founded(folder), "o.haddad", "init", "--forge", "github", piecemeal=True)


def _attest(folder: Path, *more: str, shares: bool = False) -> Prepared:
    """Set up a forge that stays until the end of this process; its repository is copied along with the register."""
    folder.mkdir(parents=True, exist_ok=True)
    lasting = ExitStack()
    atexit.register(lasting.close)
    stand = lasting.enter_context(standing(folder, "gitlab"))
    stand.world.bare = stand.world.bare.rename(folder / "remote.git")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(OURS, TOKEN)
        request = requested(stand, Shell(directory=stand.scene.root, scene=stand.scene))
    stand.scene.clock.tick(minutes=5)
    request.say(SIGNER, request.line())
    shutil.copy(service_key(), folder / "key")
    shutil.copy(f"{service_key()}.pub", folder / "key.pub")
    environment = {OURS: TOKEN, "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
    words = ("attest", "--key", "../key", *more)
    return staged(stand.scene, "", *words, environment=environment, shares=shares, serves=stand.world)


def attest(folder: Path) -> Prepared:
    """What somebody said on a request becomes a sign-off on its branch."""
    return _attest(folder)


def attest_push(folder: Path) -> Prepared:
    """What somebody said on a request becomes a sign-off, is pushed, and the request is answered."""
    return _attest(folder, "--push", shares=True)


PROOF = (
    keys_add,
    keys_retire,
    approve_sign,
    attest,
    attest_push,
    audit,
    audit_later,
    audit_pack,
    gate,
    replay,
    init_forge,
)
