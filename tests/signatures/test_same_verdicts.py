"""Our verdict on a signature is the verdict of `ssh-keygen -Y verify`, on every kind of key and every fault."""

from __future__ import annotations

import base64
import struct
from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.hazmat.primitives.serialization import load_ssh_private_key
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nearmiss.policy.signatures.keys import read_key_line
from nearmiss.policy.signatures.sshsig import BEGIN, END, read_signature, unwrap, wrap
from nearmiss.policy.signatures.verifying import is_signed
from nearmiss.policy.signatures.wire import MalformedError
from tests.signatures.openssh import KINDS, MESSAGE, NAMESPACE, Pair, allowed_line, keygen, make_key, openssh_accepts


def we_accept(signature: str, message: bytes = MESSAGE, *, line: str) -> bool:
    """Say whether we accept a signature of a sign-off by one key."""
    try:
        read = read_signature(signature)
        return read.namespace == NAMESPACE and read.key == read_key_line(line) and is_signed(read, message)
    except MalformedError:
        return False


@pytest.fixture(scope="session")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Pair]:
    """Make one key of each kind."""
    folder = tmp_path_factory.mktemp("keys")
    return {kind: make_key(folder, kind) for kind in KINDS}


@pytest.fixture(scope="session")
def signatures(pairs: dict[str, Pair]) -> dict[str, str]:
    """Sign one text with each key; ECDSA says something else each time."""
    return {kind: pair.sign() for kind, pair in pairs.items()}


@pytest.mark.parametrize("hashed_with", ["sha256", "sha512"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_key(pairs: dict[str, Pair], kind: str, hashed_with: str, tmp_path: Path) -> None:
    """What ssh-keygen signs with any kind of key and either hash is accepted, and its armour can be made again."""
    pair = pairs[kind]
    signature = pair.sign(hashed_with=hashed_with)

    assert we_accept(signature, line=pair.line)
    assert openssh_accepts(tmp_path, signature, allowed=allowed_line(pair.line))
    assert wrap(unwrap(signature)) == signature
    assert read_signature(signature).hash == hashed_with


@pytest.mark.parametrize("kind", KINDS)
def test_fingerprint(pairs: dict[str, Pair], kind: str) -> None:
    """A key is named as OpenSSH names it, and written as it stands in its file."""
    key = read_key_line(pairs[kind].line)

    assert key.fingerprint in keygen("-l", "-f", str(pairs[kind].path)).stdout.decode()
    assert key.line == pairs[kind].line


@pytest.mark.parametrize("kind", KINDS)
def test_wrong_text(pairs: dict[str, Pair], kind: str, tmp_path: Path) -> None:
    """A signature holds for its own text alone."""
    signature = pairs[kind].sign()

    for message in (MESSAGE + b"\n", MESSAGE[:-1], b""):
        assert not we_accept(signature, message, line=pairs[kind].line)
        assert not openssh_accepts(tmp_path, signature, message, allowed=allowed_line(pairs[kind].line))


def test_wrong_namespace(pairs: dict[str, Pair], tmp_path: Path) -> None:
    """A signature that was made for something else, such as a commit, is none of a sign-off."""
    pair = pairs["ed25519"]
    for namespace in ("git", "file", "nearmiss-sign-off@2", "nearmiss-sign-off@1x"):
        signature = pair.sign(namespace=namespace)

        assert not we_accept(signature, line=pair.line)
        assert not openssh_accepts(tmp_path, signature, allowed=allowed_line(pair.line))


def test_wrong_key(pairs: dict[str, Pair], tmp_path: Path) -> None:
    """A signature by another key, of the same kind or not, does not count."""
    other = make_key(tmp_path, "ed25519", name="other")
    for pair in (other, pairs["rsa"]):
        signature = pair.sign()

        assert not we_accept(signature, line=pairs["ed25519"].line)
        assert not openssh_accepts(tmp_path, signature, allowed=allowed_line(pairs["ed25519"].line))


def _part(content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + content


def _rebuilt(signature: str, **changed: bytes) -> str:
    """Return a signature with parts of it put differently; `tail` is added at its end."""
    blob = unwrap(signature)
    parts: dict[str, bytes] = {"magic": blob[:6], "version": blob[6:10]}
    rest = blob[10:]
    for name in ("key", "namespace", "reserved", "hash", "raw"):
        [length] = struct.unpack(">I", rest[:4])
        parts[name], rest = rest[4 : 4 + length], rest[4 + length :]
    parts |= {name: value for name, value in changed.items() if name != "tail"}
    named = b"".join(_part(parts[name]) for name in ("key", "namespace", "reserved", "hash", "raw"))
    return wrap(parts["magic"] + parts["version"] + named + changed.get("tail", b""))


def _raw(signature: str) -> tuple[bytes, bytes]:
    raw = read_signature(signature).raw
    [length] = struct.unpack(">I", raw[:4])
    return raw[4 : 4 + length], raw[8 + length :]


TAMPERED: dict[str, Callable[[str], str]] = {
    "as it is": lambda it: wrap(unwrap(it)),
    "bytes after its end": lambda it: _rebuilt(it, tail=b"\0"),
    "version 0": lambda it: _rebuilt(it, version=b"\0\0\0\0"),
    "version 2": lambda it: _rebuilt(it, version=b"\0\0\0\2"),
    "another magic": lambda it: _rebuilt(it, magic=b"SSHSIH"),
    "something reserved": lambda it: _rebuilt(it, reserved=b"later"),
    "the other hash": lambda it: _rebuilt(it, hash=b"sha256"),
    "an unknown hash": lambda it: _rebuilt(it, hash=b"sha1"),
    "a zero in the namespace": lambda it: _rebuilt(it, namespace=b"nearmiss\0sign-off@1"),
    "a zero after the namespace": lambda it: _rebuilt(it, namespace=b"nearmiss-sign-off@1\0"),
    "two zeros after the namespace": lambda it: _rebuilt(it, namespace=b"nearmiss-sign-off@1\0\0"),
    "bytes after the key": lambda it: _rebuilt(it, key=read_signature(it).key.blob + b"\0"),
    "bytes after the raw part": lambda it: _rebuilt(it, raw=read_signature(it).raw + b"\0"),
    "no raw part": lambda it: _rebuilt(it, raw=b""),
    "another kind in the raw part": lambda it: _rebuilt(it, raw=_part(b"ssh-dss") + _part(_raw(it)[1])),
    "a short raw part": lambda it: _rebuilt(it, raw=_part(_raw(it)[0]) + _part(_raw(it)[1][:-1])),
    "cut off": lambda it: wrap(unwrap(it)[:-3]),
    "empty": lambda _: wrap(b""),
    "no head": lambda it: it.partition("\n")[2],
    "no foot": lambda it: it.replace(END, ""),
    "a blank before the head": lambda it: f" {it}",
    "a blank after the head": lambda it: it.replace(BEGIN, f"{BEGIN} "),
    "a blank before the foot": lambda it: it.replace(END, f" {END}"),
    "text after the foot": lambda it: f"{it}and more\n",
    "no line end after the foot": lambda it: it.removesuffix("\n"),
    "all in one line": lambda it: f"{BEGIN}\n{base64.b64encode(unwrap(it)).decode()}\n{END}\n",
    "blanks in the base64": lambda it: it.replace("U1NIU0lH", "U1 NI\tU0\n\nlH"),
    "a comma in the base64": lambda it: it.replace("U1NIU0lH", "U1N,IU0lH"),
    "base64 for URLs": lambda it: it.replace("/", "_").replace("+", "-"),
    "no padding": lambda it: it.replace("=", ""),
    "more padding": lambda it: it.replace(f"\n{END}", f"=\n{END}"),
    "a letter that is none": lambda it: it.replace("U1NIU0lH", "Ú1NIU0lH"),
    "a zero in the base64": lambda it: it.replace("U1NIU0lH", "U1NI\0U0lH"),
}


@pytest.mark.parametrize("fault", TAMPERED)
@pytest.mark.parametrize("kind", KINDS)
def test_tampered(pairs: dict[str, Pair], kind: str, fault: str, tmp_path: Path) -> None:
    """Armour and bytes that somebody changed are accepted, or refused, as OpenSSH does it."""
    pair = pairs[kind]
    changed = TAMPERED[fault](pair.sign())

    assert we_accept(changed, line=pair.line) is openssh_accepts(tmp_path, changed, allowed=allowed_line(pair.line))


@pytest.mark.parametrize("kind", ["ecdsa-256", "rsa"])
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_flipped_bytes(
    pairs: dict[str, Pair], signatures: dict[str, str], kind: str, tmp_path: Path, data: st.DataObject
) -> None:
    """Whatever byte of a signature is flipped, in its armour or below it, the verdict is that of OpenSSH."""
    pair, signature = pairs[kind], signatures[kind]
    inside = data.draw(st.booleans(), label="below the armour")
    content = bytearray(unwrap(signature) if inside else signature.encode("ascii"))
    place = data.draw(st.integers(0, len(content) - 1), label="where")
    content[place] ^= data.draw(st.integers(1, 127), label="how")
    changed = wrap(bytes(content)) if inside else content.decode("ascii", "surrogateescape")

    assert we_accept(changed, line=pair.line) is openssh_accepts(tmp_path, changed, allowed=allowed_line(pair.line))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_flipped_bytes_of_ed25519(
    pairs: dict[str, Pair], signatures: dict[str, str], tmp_path: Path, data: st.DataObject
) -> None:
    """So it is with the kind of key that most people have, with one byte put differently anywhere."""
    pair = pairs["ed25519"]
    content = bytearray(unwrap(signatures["ed25519"]))
    place = data.draw(st.integers(0, len(content) - 1), label="where")
    content[place] = data.draw(st.integers(0, 255), label="what")
    changed = wrap(bytes(content))

    assert we_accept(changed, line=pair.line) is openssh_accepts(tmp_path, changed, allowed=allowed_line(pair.line))


def test_zeros_before_a_number(pairs: dict[str, Pair], tmp_path: Path) -> None:
    """A number spelled with zeros in front is the same number, and the key that it belongs to is the same key."""
    for kind, verdict in (("ecdsa-256", True), ("rsa", True)):
        pair = pairs[kind]
        signature = pair.sign()
        name, content = _raw(signature)
        if kind == "rsa":
            changed = _rebuilt(signature, key=_with_zeros(read_signature(signature).key.blob))
        else:
            [length] = struct.unpack(">I", content[:4])
            first, second = content[4 : 4 + length], content[4 + length :]
            changed = _rebuilt(signature, raw=_part(name) + _part(_part(b"\0\0" + first) + second))

        assert changed != signature
        assert we_accept(changed, line=pair.line) is verdict
        assert openssh_accepts(tmp_path, changed, allowed=allowed_line(pair.line)) is verdict


def _with_zeros(blob: bytes) -> bytes:
    [length] = struct.unpack(">I", blob[11:15])
    exponent, modulus = blob[15 : 15 + length], blob[19 + length :]
    return blob[:11] + _part(b"\0" + exponent) + _part(modulus)


def test_zeros_before_an_rsa_signature(pairs: dict[str, Pair], tmp_path: Path) -> None:
    """An RSA signature that begins with a zero may leave it out; no other byte fills its place."""
    pair = pairs["rsa"]
    private = load_ssh_private_key(pair.path.read_bytes(), password=None)
    assert isinstance(private, RSAPrivateKey)
    said = read_signature(pair.sign())
    texts = (b"%d" % number for number in count())
    signed = ((text, private.sign(said.signed_bytes(text), PKCS1v15(), SHA512())) for text in texts)
    text, content = next(pair for pair in signed if pair[1][0] == 0)

    short = _rebuilt(pair.sign(), raw=_part(b"rsa-sha2-512") + _part(content[1:]))

    assert we_accept(short, text, line=pair.line)
    assert openssh_accepts(tmp_path, short, text, allowed=allowed_line(pair.line))


def test_line_ends_of_windows(pairs: dict[str, Pair]) -> None:
    """Armour has plain line ends, as ssh-keygen writes it: its versions differ on others, and a register has none."""
    pair = pairs["ed25519"]

    assert not we_accept(pair.sign().replace("\n", "\r\n"), line=pair.line)


def test_malleable_ed25519(pairs: dict[str, Pair]) -> None:
    """An Ed25519 signature has one spelling; the second, which RFC 8032 refuses, is refused whatever OpenSSH does."""
    order = 2**252 + 27742317777372353535851937790883648493
    pair = pairs["ed25519"]
    signature = pair.sign()
    name, content = _raw(signature)
    other = int.from_bytes(content[32:], "little") + order
    changed = _rebuilt(signature, raw=_part(name) + _part(content[:32] + other.to_bytes(32, "little")))

    assert not we_accept(changed, line=pair.line)


def test_rsa_with_sha1_or_few_bits(pairs: dict[str, Pair], tmp_path: Path) -> None:
    """An RSA key signs with SHA-2 and has 2,048 bits at least; what is older or shorter proves nothing any more."""
    pair = pairs["rsa"]
    signature = pair.sign()
    changed = _rebuilt(signature, raw=_part(b"ssh-rsa") + _part(_raw(signature)[1]))
    assert not we_accept(changed, line=pair.line)
    assert not openssh_accepts(tmp_path, changed, allowed=allowed_line(pair.line))

    keygen("-q", "-t", "rsa", "-b", "1024", "-N", "", "-C", "", "-f", str(tmp_path / "short"))
    short = Pair(path=tmp_path / "short")
    with pytest.raises(MalformedError, match="1024 bits is too short"):
        read_key_line(short.line)
    assert not we_accept(short.sign(), line=pair.line)
