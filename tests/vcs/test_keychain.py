"""Finding SSH keys where OpenSSH and git keep them, and signing with them, by real ssh-keygen and a real agent."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from nearmiss.app.story_keys import StoryKey
from nearmiss.policy.signatures.keys import read_key_line
from nearmiss.policy.signatures.sshsig import read_signature
from nearmiss.policy.signatures.verifying import is_signed
from nearmiss.vcs.errors import KeygenFailedError, KeygenMissingError, KeyUnreadableError
from nearmiss.vcs.identities import sign_with
from nearmiss.vcs.keychain import Keychain
from tests.signatures.openssh import MESSAGE, NAMESPACE, Pair, keygen, make_key


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the person a home of their own, with no agent and no configuration of git."""
    home = tmp_path / "home"
    (home / ".ssh").mkdir(parents=True)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / "config"))
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    return home


@pytest.fixture
def git_dir(tmp_path: Path, home: Path) -> Path:
    """Make an empty repository."""
    assert home.is_dir()
    subprocess.run(["git", "init", "--quiet", tmp_path / "register"], check=True)
    return tmp_path / "register" / ".git"


@pytest.fixture
def agent(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Start an agent, which is ended afterwards."""
    socket = home / "agent"
    child = subprocess.Popen(["ssh-agent", "-D", "-a", socket], stdout=subprocess.PIPE)
    assert child.stdout is not None
    child.stdout.readline()
    monkeypatch.setenv("SSH_AUTH_SOCK", str(socket))
    yield
    child.terminate()
    child.stdout.close()
    child.wait()


def configure(git_dir: Path, key: str, form: str = "ssh") -> None:
    """Tell git with what to sign."""
    for name, value in (("gpg.format", form), ("user.signingKey", key)):
        subprocess.run(["git", "--git-dir", git_dir, "config", name, value], check=True)


def holds(signature: str, pair: Pair) -> bool:
    """Say whether a signature is one of the message by a key."""
    read = read_signature(signature)
    return read.namespace == NAMESPACE and read.key == read_key_line(pair.line) and is_signed(read, MESSAGE)


@pytest.mark.parametrize("suffix", ["", ".pub"])
def test_named_key(git_dir: Path, tmp_path: Path, suffix: str) -> None:
    """The key that is named, by either of its files, is the only one that is offered, and it signs."""
    pair, other = make_key(tmp_path), make_key(tmp_path, name="other")
    configure(git_dir, str(other.path))
    keys = Keychain(git_dir, named=f"{pair.path}{suffix}")

    assert keys.is_named
    assert list(keys.at_hand()) == [pair.line]
    assert holds(keys.sign(MESSAGE, key=pair.line, namespace=NAMESPACE), pair)


def test_private_key_alone(git_dir: Path, tmp_path: Path) -> None:
    """Where the public file was lost, the private one says what it is."""
    pair = make_key(tmp_path)
    line = pair.line
    pair.path.with_name(f"{pair.path.name}.pub").unlink()
    keys = Keychain(git_dir, named=str(pair.path))

    assert list(keys.at_hand()) == [line]
    assert is_signed(read_signature(keys.sign(MESSAGE, key=line, namespace=NAMESPACE)), MESSAGE)


@pytest.mark.parametrize("content", [None, b"a letter", b"\xff\xfe"])
def test_no_key(git_dir: Path, tmp_path: Path, content: bytes | None) -> None:
    """A file that is named and is no key, or is not there, is an error that says so."""
    path = tmp_path / "key"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(KeyUnreadableError, match="no SSH key"):
        list(Keychain(git_dir, named=str(path)).at_hand())


def test_what_git_signs_with(git_dir: Path, tmp_path: Path, home: Path) -> None:
    """Git's own signing key comes first, then the usual files; a key of another kind of signature is none."""
    configured, usual = make_key(tmp_path), make_key(home / ".ssh", name="id_ed25519")
    configure(git_dir, str(configured.path))
    found = [line for line in Keychain(git_dir).at_hand() if line]
    assert found == [configured.line, usual.line]
    assert not Keychain(git_dir).is_named

    configure(git_dir, "0xDEADBEEF", form="openpgp")
    assert [line for line in Keychain(git_dir).at_hand() if line] == [usual.line]
    configure(git_dir, str(tmp_path / "gone"))
    assert [line for line in Keychain(git_dir).at_hand() if line] == [usual.line]


@pytest.mark.parametrize("literal", ["key::{}", "{}", "key::{} a comment"])
def test_key_in_the_agent(git_dir: Path, tmp_path: Path, agent: None, literal: str) -> None:
    """A key that only the agent holds signs, whether git names its line or nobody names it."""
    pair = make_key(tmp_path)
    subprocess.run(["ssh-add", "-q", pair.path], check=True)
    pair.path.unlink()

    assert [line for line in Keychain(git_dir).at_hand() if line] == [pair.line]
    configure(git_dir, literal.format(pair.line))
    keys = Keychain(git_dir)
    assert [line for line in keys.at_hand() if line] == [pair.line, pair.line]
    assert holds(keys.sign(MESSAGE, key=pair.line, namespace=NAMESPACE), pair)
    named = Keychain(git_dir, named=f"{pair.path}.pub")
    assert list(named.at_hand()) == [pair.line]
    assert holds(named.sign(MESSAGE, key=pair.line, namespace=NAMESPACE), pair)


def test_agent_that_is_gone(git_dir: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An agent that does not answer offers nothing."""
    monkeypatch.setenv("SSH_AUTH_SOCK", str(home / "nobody"))

    assert [line for line in Keychain(git_dir).at_hand() if line] == []


def test_key_that_cannot_be_opened(git_dir: Path, tmp_path: Path) -> None:
    """Where the private half is missing, the sentence says which file was tried, and what ssh-keygen said."""
    pair = make_key(tmp_path)
    pair.path.unlink()
    keys = Keychain(git_dir, named=f"{pair.path}.pub")
    [line] = keys.at_hand()

    with pytest.raises(KeygenFailedError, match=r"Signing with .* failed: "):
        keys.sign(MESSAGE, key=line, namespace=NAMESPACE)


def test_without_openssh(git_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where OpenSSH is missing, signing says so, and looking for keys does without its agent."""
    pair = make_key(tmp_path)
    keys = Keychain(git_dir, named=str(pair.path))
    [line] = keys.at_hand()
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "git").symlink_to(
        subprocess.run(["which", "git"], capture_output=True, check=True).stdout.strip().decode()
    )
    monkeypatch.setenv("PATH", str(tools))
    monkeypatch.setenv("SSH_AUTH_SOCK", str(tmp_path / "agent"))

    with pytest.raises(KeygenMissingError, match="ssh-keygen was not found"):
        keys.sign(MESSAGE, key=line, namespace=NAMESPACE)
    assert [line for line in Keychain(git_dir).at_hand() if line] == []


def test_key_with_a_passphrase_that_nobody_types(git_dir: Path, tmp_path: Path) -> None:
    """A key that is locked, where no terminal can ask for its passphrase, does not sign, and nothing hangs."""
    path = tmp_path / "locked"
    keygen("-q", "-t", "ed25519", "-N", "a long one", "-C", "", "-f", str(path))
    script = (
        "import sys; from pathlib import Path; from nearmiss.vcs.keychain import Keychain\n"
        "keys = Keychain(Path(sys.argv[1]), named=sys.argv[2]); [line] = keys.at_hand()\n"
        "keys.sign(b'x', key=line, namespace='n')"
    )
    environment = {**os.environ, "SSH_ASKPASS": "/bin/false", "SSH_ASKPASS_REQUIRE": "force"}
    done = subprocess.run(
        [sys.executable, "-c", script, str(git_dir), str(path)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        start_new_session=True,
        timeout=30,
    )

    assert done.returncode == 1
    assert "KeygenFailedError" in done.stderr


def test_key_kept_in_a_repository(git_dir: Path) -> None:
    """The key that the demo leaves to its visitor lies in git's own folder, readable to them alone, and signs."""
    made = StoryKey("a visitor")
    sign_with(git_dir.parent, made.as_file())
    keys = Keychain(git_dir)
    [line] = [line for line in keys.at_hand() if line]

    assert line == made.public.line
    assert is_signed(read_signature(keys.sign(MESSAGE, key=line, namespace=NAMESPACE)), MESSAGE)
    assert (git_dir / "nearmiss" / "key").stat().st_mode & 0o777 == 0o600
