"""The commands for keys: listing, adding and retiring as changes of the policy, and signing with what is listed."""

from __future__ import annotations

from pathlib import Path

import pytest

from nearmiss.app.story_keys import StoryKey
from nearmiss.models.digests import canonical_json
from tests.cli.shell import Shell
from tests.engine.scene import Scene
from tests.signatures.openssh import NAMESPACE, Pair, keygen, make_key


@pytest.fixture
def pair(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Pair:
    """Make a key in the home of whoever is at work, with no agent."""
    home = tmp_path / "home"
    (home / ".ssh").mkdir(parents=True)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / "config"))
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    return make_key(home / ".ssh", name="id_ed25519")


def in_force(shell: Shell) -> None:
    """Approve the policy that is proposed, and merge it."""
    assert shell.run("w.olsen", "approve", "policy").code == 0
    assert shell.run("o.haddad", "merge", "policy").code == 0


def fingerprint(pair: Pair) -> str:
    """Return how OpenSSH names a key."""
    return keygen("-l", "-f", str(pair.path)).stdout.decode().split()[1]


def test_no_keys(shell: Shell, scene: Scene) -> None:
    """Where no key is listed, it says what that means, and what to do."""
    assert scene.root.is_dir()
    assert "every sign-off is a claim" in shell.run("s.ito", "keys", "list").out
    assert shell.json("s.ito", "keys", "list") == {"ok": True, "keys": []}
    assert shell.run("s.ito", "keys", "allowed-signers").out == ""


def test_from_adding_to_retiring(shell: Shell, scene: Scene, pair: Pair, tmp_path: Path) -> None:
    """A key is proposed and put in force, signs unasked, verifies with ssh-keygen, and signs no more when retired."""
    named = fingerprint(pair)
    added = shell.run("o.haddad", "keys", "add", "--person", "r.meyer", "--note", "The blue one")
    assert added.code == 0, added.said
    assert f"The key {named} (ssh-ed25519) will be listed" in added.out
    in_force(shell)
    [key] = shell.json("s.ito", "keys", "list")["keys"]
    assert (key["handle"], key["fingerprint"], key["since"], key["retired"]) == ("r.meyer", named, 2, False)
    assert "since version 2 of the policy; The blue one" in " ".join(shell.run("s.ito", "keys", "list").out.split())

    record = scene.prepare("low")
    scene.advance("s.ito", record)
    signed = shell.json("r.meyer", "approve", record)
    assert (signed["assurance"], signed["key"], signed["verdict"]) == ("signed", named, "pass")
    assert shell.run("s.ito", "merge", record).code == 0
    assert shell.json("s.ito", "check")["asserted"] == 0
    [step] = shell.json("s.ito", "show", record)["steps"]
    assert [said["assurance"] for said in step["signed"]] == ["signed"]
    assert "Signed with a registered key." in shell.run("s.ito", "show", record).out

    assert verified(shell, scene, record, tmp_path)
    assert shell.run("o.haddad", "keys", "retire", "r.meyer").code == 0
    in_force(shell)
    [key] = shell.json("s.ito", "keys", "list")["keys"]
    assert (key["retired"], key["retired_on"]) == (True, "2026-11-22")
    assert "retired on 2026-11-22" in shell.run("s.ito", "keys", "list").out
    assert not verified(shell, scene, record, tmp_path)
    assert shell.json("s.ito", "check")["verdict"] == "pass"


def verified(shell: Shell, scene: Scene, record: str, folder: Path) -> bool:
    """Say whether ssh-keygen verifies the sign-off of a record, tomorrow, by the list that we print."""
    [file] = scene.dossier(record).sign_offs
    signers, signature = folder / "allowed", folder / "signature"
    signers.write_text(shell.run("s.ito", "keys", "allowed-signers").out, encoding="ascii")
    signature.write_text(file.data["signature"], encoding="ascii")
    accepted = []
    for who in ("r.meyer", "r.meyer@example.org"):
        words = ["-Y", "verify", "-f", str(signers), "-I", who, "-n", NAMESPACE, "-s", str(signature)]
        when = ["-O", "verify-time=20261123"]
        done = keygen(*words, *when, stdin=canonical_json(file.statement), check=False)
        accepted.append(done.returncode == 0)
    assert len(set(accepted)) == 1
    return accepted[0]


def test_named_key(shell: Shell, scene: Scene, pair: Pair, tmp_path: Path) -> None:
    """A key that is named signs, by its file or its line; one that is not listed does not, and nothing is written."""
    other = make_key(tmp_path, name="other")
    assert shell.run("o.haddad", "keys", "add", str(other.path), "--person", "r.meyer").code == 0
    in_force(shell)
    record = scene.prepare("low")
    scene.advance("s.ito", record)
    before = scene.snapshot()

    unsigned = shell.run("r.meyer", "approve", record)
    assert unsigned.code == 1
    assert fingerprint(other) in unsigned.err
    assert "--key FILE" in unsigned.err
    assert shell.run("r.meyer", "approve", record, "--key", str(pair.path)).code == 1
    assert shell.run("r.meyer", "approve", record, "--key", f"key::{other.line}").code == 1
    assert shell.run("r.meyer", "approve", record, "--key", str(tmp_path / "gone")).code == 1
    assert scene.snapshot() == before
    objected = shell.run("r.meyer", "object", record, "--because", "No.", "--key", f"{other.path}.pub")
    assert objected.code == 0
    assert f"Signed with your key {fingerprint(other)}." in objected.out
    approved = shell.run("r.meyer", "approve", record, "--sign", "--key", str(other.path))
    assert approved.code == 0
    assert f"Signed with your key {fingerprint(other)}." in approved.out


def test_asked_to_sign_without_a_listed_key(shell: Shell, scene: Scene, pair: Pair) -> None:
    """Who asks to sign, and has no key on the list, is told how to get there."""
    record = scene.prepare("low")
    scene.advance("s.ito", record)

    for words in (["--sign"], ["--key", str(pair.path)]):
        refused = shell.run("r.meyer", "approve", record, *words)
        assert refused.code == 1
        assert "nearmiss keys add" in refused.err
    assert shell.json("r.meyer", "approve", record)["assurance"] == "asserted"


def test_what_cannot_be_added(shell: Shell, scene: Scene, pair: Pair, tmp_path: Path) -> None:
    """A key that is listed already, is nobody's, cannot be read or is too weak is not proposed."""
    assert shell.run("o.haddad", "keys", "add", "--person", "r.meyer").code == 0
    in_force(shell)
    before = scene.snapshot()
    keygen("-q", "-t", "rsa", "-b", "1024", "-N", "", "-C", "", "-f", str(tmp_path / "weak"))

    taken = shell.run("o.haddad", "keys", "add", "--person", "p.lind")
    assert (taken.code, "is listed for r.meyer already" in taken.err) == (1, True)
    nobody = shell.run("o.haddad", "keys", "add", f"{make_key(tmp_path).path}", "--person", "n.obody")
    assert (nobody.code, "Nobody in people.yaml is n.obody" in nobody.err) == (2, True)
    weak = shell.run("o.haddad", "keys", "add", str(tmp_path / "weak"))
    assert (weak.code, "too short" in weak.err) == (1, True)
    assert shell.run("o.haddad", "keys", "add", str(tmp_path / "gone")).code == 1
    pair.path.unlink()
    pair.path.with_name("id_ed25519.pub").unlink()
    none = shell.run("o.haddad", "keys", "add")
    assert (none.code, "ssh-keygen -t ed25519" in none.err) == (1, True)
    assert scene.snapshot() == before


def test_what_cannot_be_retired(shell: Shell, scene: Scene, pair: Pair, tmp_path: Path) -> None:
    """A key is retired by what names it alone: a fingerprint, its file, or the handle of who has one."""
    second = make_key(tmp_path, name="second")
    keys = [{"key": pair.line}, {"key": second.line}]
    proposed = scene.people_with(r_meyer={"keys": keys}, s_ito={"keys": [{"key": StoryKey("s.ito").public.line}]})
    scene.change_policy("o.haddad", proposed)

    several = shell.run("o.haddad", "keys", "retire", "r.meyer")
    assert (several.code, fingerprint(second) in several.err) == (2, True)
    unknown = shell.run("o.haddad", "keys", "retire", "p.lind")
    assert (unknown.code, "No key that counts is p.lind" in unknown.err) == (2, True)
    retired = shell.run("o.haddad", "keys", "retire", f"{second.path}.pub")
    assert (retired.code, fingerprint(second) in retired.out) == (0, True)


def test_allowed_signers_of_odd_people(shell: Shell, scene: Scene, pair: Pair) -> None:
    """An address that is a pattern to ssh-keygen names nobody, and a key retired since no day is left out."""
    people = scene.people_with(
        r_meyer={"keys": [{"key": pair.line}], "emails": ["r.meyer@example.org", "*@example.org"]},
        p_lind={"keys": [{"key": StoryKey("p.lind").public.line, "retired": True}]},
    )
    scene.change_policy("o.haddad", people)

    printed = shell.run("s.ito", "keys", "allowed-signers").out
    [allowed, retired] = printed.splitlines()
    assert allowed == f'r.meyer,r.meyer@example.org namespaces="{NAMESPACE},git" {pair.line}'
    assert retired == f"# retired: p.lind {StoryKey('p.lind').public.fingerprint}"
    assert shell.json("s.ito", "keys", "allowed-signers") == {"ok": True, "allowed_signers": printed}
