"""The ground on which an attack is built: a register with one record on its way, written to by git's plumbing alone."""

from __future__ import annotations

import hashlib
import os
import stat
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC
from pathlib import Path
from typing import Any

from nearmiss.engine.gate.decisions import Gated, judge_revisions
from nearmiss.models.sign_off import file_name
from nearmiss.store.documents import YamlDocuments
from tests.engine.attacks.forging import revised
from tests.engine.cast import CAST
from tests.engine.fast_import import Content, Import
from tests.engine.scene import Scene, found_scene, identity_of, walked_scene
from tests.policy.builder import HANDS

RECORD = "NM-2026-00001"
PATH = f"records/2026/11/{RECORD}.yaml"
BESIDE = PATH.removesuffix(".yaml")
SIGNED = f"{BESIDE}/sign-offs/01-investigated--r.meyer.yaml"
PEOPLE, WORKFLOW = "workflow/policy/people.yaml", "workflow/policy/workflow.yaml"
VERSIONS = "workflow/policy/versions"
SECOND, THIRD = f"{VERSIONS}/0002.json", f"{VERSIONS}/0003.json"
POLICY_SIGNED = "workflow/policy/sign-offs/0002--w.olsen.yaml"


@dataclass
class Ground:
    """A register, the commits that an attack starts from, and the plumbing that it is made with.

    `main` is what is in force. `proposal` is a request onto it that passes as it is; the same as `main` where there is
    none.
    """

    scene: Scene
    main: str
    proposal: str
    more: dict[str, str] = field(default_factory=dict)

    def commit(
        self, files: Mapping[str, Content], *, who: str = "s.ito", on: Sequence[str] = (), when: int = 0, **more: Any
    ) -> str:
        """Commit files past all rules, on top of the proposal or of other commits, and return the commit."""
        stream = Import()
        when = when or int(self.scene.clock.now().timestamp())
        mark = stream.commit(files, who=identity_of(who), parents=list(on) or [self.proposal], when=when, **more)
        return stream.run(self.scene.root)[mark]

    def text(self, path: str = PATH, revision: str = "") -> bytes:
        """Return what a file says in the proposal, or in another commit."""
        command = ["git", "-C", str(self.scene.root), "cat-file", "blob", f"{revision or self.proposal}:{path}"]
        return subprocess.run(command, capture_output=True, check=True).stdout

    def edited(self, values: Mapping[str, Any], path: str = PATH, revision: str = "") -> dict[str, Content]:
        """Return a file with other values."""
        return {path: revised(self.text(path, revision), values)}

    def people(self, *, revision: str = "", **changes: Mapping[str, Any]) -> dict[str, Content]:
        """Return people.yaml with keys of some people changed: `people(t_silva={"active": False})`."""
        place = {entry["handle"]: number for number, entry in enumerate(CAST)}
        values = {
            f"people.{place[handle.replace('_', '.')]}.{key}": value
            for handle, keys in changes.items()
            for key, value in keys.items()
        }
        return self.edited(values, PEOPLE, revision)

    def retold(self, path: str = SIGNED, revision: str = "", **words: Any) -> dict[str, Content]:
        """Return a sign-off that says something else, under the name that fits it."""
        data = YamlDocuments().read(self.text(path, revision)).data
        assert data is not None
        said = {**data["statement"], **words}
        folder = path.rpartition("/")[0]
        name = file_name(said) if said["subject"] != "policy" else path.rpartition("/")[2]
        return {f"{folder}/{name}": YamlDocuments().compose({**data, "statement": said})}

    def gate(self, head: str, base: str = "") -> Gated:
        """Judge a request, and see that this leaves the repository as it was, bit for bit."""
        before = digest_of(self.scene.root)
        gated = judge_revisions(self.scene.desk("o.haddad"), base=base or self.main, head=head)
        assert digest_of(self.scene.root) == before
        return gated


def digest_of(root: Path) -> str:
    """Return what changes with every bit: objects, references, index, configuration, logs, the files of the checkout.

    Objects are thousands, and never written twice, so of these the names, sizes and times stand for what they hold.
    """
    found = hashlib.sha256()
    for folder, folders, names in os.walk(root):
        folders.sort()
        holds_objects = f"{folder}/".startswith(f"{root}/.git/objects/")
        for name in sorted(names):
            path = os.path.join(folder, name)  # noqa: PTH118 - a path object for each of thousands of files takes long
            seen = os.lstat(path)
            found.update(
                f"{path}\0{seen.st_mode:o}\0{seen.st_size}\0{seen.st_mtime_ns}\0".encode(errors="surrogateescape")
            )
            if not holds_objects and stat.S_ISREG(seen.st_mode):
                found.update(Path(path).read_bytes())
        found.update("\0".join(folders).encode(errors="surrogateescape"))
    return found.hexdigest()


def plain(data: Mapping[str, Any]) -> bytes:
    """Return data as a file of ours."""
    return YamlDocuments().compose(dict(data))


def make_ground(name: str, folder: Path) -> Ground:
    """Make the ground of a name; see `GROUNDS`."""
    ground: Ground = GROUNDS[name](folder)
    # Thousands of loose objects would be looked at each time that something is judged.
    ground.scene.git("repack", "-a", "-d", "-k", "-q")
    return ground


def _at(folder: Path, state: str, level: str = "low") -> Scene:
    scene, record = walked_scene(folder, upto=state, level=level)
    assert record == RECORD
    return scene


def _standing(state: str, level: str = "low") -> Any:
    def make(folder: Path) -> Ground:
        scene = _at(folder, state, level)
        return Ground(scene=scene, main=scene.rev(), proposal=scene.rev())

    return make


def _proposed(state: str, signer: str, level: str = "low") -> Any:
    def make(folder: Path) -> Ground:
        scene = _at(folder, state, level)
        branch = scene.advance("s.ito", RECORD).branch
        step = scene.rev(branch)
        scene.clock.tick(minutes=5)
        scene.approve(signer, RECORD)
        return Ground(scene=scene, main=scene.rev(), proposal=scene.rev(branch), more={"unsigned": step})

    return make


def _policy(folder: Path) -> Ground:
    """A change of the policy that makes m.okafor a quality lead, signed by another policy owner."""
    scene = found_scene(folder)
    branch = scene.propose_policy("o.haddad", scene.people_with(m_okafor={"roles": [{"role": "quality-lead"}]})).branch
    step = scene.rev(branch)
    scene.clock.tick(minutes=5)
    scene.approve("w.olsen", "policy")
    return Ground(scene=scene, main=scene.rev(), proposal=scene.rev(branch), more={"unsigned": step})


def _amended(folder: Path) -> Ground:
    """The same change in force, and a third version proposed and signed."""
    scene = found_scene(folder)
    scene.change_policy("o.haddad", scene.people_with(m_okafor={"roles": [{"role": "quality-lead"}]}))
    scene.clock.tick(minutes=5)
    branch = scene.propose_policy("o.haddad", scene.people_with(v_novak={"active": False})).branch
    scene.clock.tick(minutes=5)
    scene.approve("w.olsen", "policy")
    return Ground(scene=scene, main=scene.rev(), proposal=scene.rev(branch))


def _sent_back(folder: Path) -> Ground:
    """A record that was investigated, sent back, and is proposed and signed as investigated again."""
    scene = _at(folder, "root-caused")
    scene.advance("s.ito", RECORD, to="investigated", because="again")
    scene.put_in_force(RECORD, ["r.meyer"])
    branch = scene.advance("s.ito", RECORD, {"root_cause.method": "ishikawa"}, transition="find-root-cause").branch
    step = scene.rev(branch)
    scene.clock.tick(minutes=5)
    scene.approve("r.meyer", RECORD)
    return Ground(scene=scene, main=scene.rev(), proposal=scene.rev(branch), more={"unsigned": step})


def _keyed(folder: Path) -> Ground:
    """A record that two must sign, r.meyer and p.lind with keys of theirs; p.lind has two, and a retired one."""
    scene = _at(folder, "reported", "very-high")
    lines = {"p_lind": ["h.keyed", "gate"], "r_meyer": ["r.meyer"]}
    keys: dict[str, Any] = {who: [{"key": HANDS[name].line} for name in names] for who, names in lines.items()}
    keys["p_lind"].append({"key": HANDS["x.retired"].line, "retired": True})
    scene.change_policy("o.haddad", scene.people_with(**{who: {"keys": listed} for who, listed in keys.items()}))
    return _signed_by_meyer(scene)


def _signed_by_meyer(scene: Scene) -> Ground:
    """Return a ground whose proposal r.meyer has signed, with what they sign with at hand."""
    scene.hands["r.meyer"] = HANDS["r.meyer"]
    branch = scene.advance("s.ito", RECORD).branch
    step = scene.rev(branch)
    scene.clock.tick(minutes=5)
    scene.approve("r.meyer", RECORD)
    return Ground(scene=scene, main=scene.rev(), proposal=scene.rev(branch), more={"unsigned": step})


def _demoted(folder: Path) -> Ground:
    """A proposal that r.meyer signed, and m.okafor too; then one lost the role and the other got it."""
    scene = _at(folder, "reported")
    branch = scene.advance("s.ito", RECORD).branch
    step = scene.rev(branch)
    scene.clock.tick(minutes=5)
    scene.approve("r.meyer", RECORD)
    ground = Ground(scene=scene, main=scene.rev(), proposal=scene.rev(branch))
    early = ground.retold(by="m.okafor", name="M Okafor")
    early_by_m_okafor = ground.commit(early, who="m.okafor", on=[step])
    lead = {"roles": [{"role": "quality-lead"}]}
    scene.change_policy("o.haddad", scene.people_with(r_meyer={"roles": []}, t_silva=lead))
    ground.more |= {"by r.meyer": ground.proposal, "by m.okafor": early_by_m_okafor}
    ground.main = scene.rev()
    scene.clock.tick(minutes=5)
    anew = ground.retold(at=f"{scene.clock.now().astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}")
    ground.more["by r.meyer anew"] = ground.commit(anew, who="r.meyer", on=[step])
    good = ground.retold(by="p.lind", name="P Lind")
    ground.proposal = ground.commit(good, who="p.lind", on=[step])
    return ground


GROUNDS: Mapping[str, Any] = {
    "drafted": _standing("reported"),
    "drafted, medium": _standing("reported", "medium"),
    "proposed": _proposed("reported", "r.meyer"),
    "investigated": _standing("investigated"),
    "root cause proposed": _proposed("investigated", "r.meyer"),
    "root-caused": _standing("root-caused"),
    "plan proposed": _proposed("root-caused", "k.adeyemi"),
    "policy": _policy,
    "amended policy": _amended,
    "sent back": _sent_back,
    "keyed": _keyed,
    "demoted": _demoted,
}
"""Registers by name; those of a `proposed` hold a request that passes."""
