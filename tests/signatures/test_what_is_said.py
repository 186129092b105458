"""What people read of a key or a signature that is none that counts, to the letter; and the largest that are."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from nearmiss.policy.signatures.keys import PublicKey, read_key, read_key_line
from nearmiss.policy.signatures.sshsig import BEGIN, END, MAGIC, SshSignature, read_signature, unwrap, wrap
from nearmiss.policy.signatures.verifying import is_signed
from nearmiss.policy.signatures.wire import LONGEST_NUMBER, MalformedError, Wire, from_base64, string
from tests.policy.builder import HANDS

HAND = HANDS["somebody"]
GOOD = HAND.sign(b"text", namespace="x")
BLOB = unwrap(GOOD)
LONG = "n" * 90


def number(value: int) -> bytes:
    """Return a number as the wire format has it."""
    return string(value.to_bytes(value.bit_length() // 8 + 1, "big"))


def rsa(bits: int, exponent: int = 65537, *, even: bool = False) -> bytes:
    """Return an RSA key of so many bits."""
    return string(b"ssh-rsa") + number(exponent) + number((1 << bits - 1) + (0 if even else 1))


def signature(**changed: Any) -> str:
    """Return an armoured signature with parts of it put differently."""
    said = read_signature(GOOD)
    parts = {"key": said.key.blob, "namespace": b"x", "reserved": b"", "hash": b"sha512", "raw": said.raw}
    parts |= {name: part for name, part in changed.items() if name in parts}
    head = changed.get("magic", MAGIC) + changed.get("version", b"\0\0\0\1")
    return wrap(head + b"".join(map(string, parts.values())) + changed.get("tail", b""))


def ecdsa(curve: bytes, point: bytes, kind: bytes = b"ecdsa-sha2-nistp256") -> bytes:
    """Return an ECDSA key."""
    return string(kind) + string(curve) + string(point)


SIGNATURES: list[tuple[str, str]] = [
    ("", f"it does not begin with the line {BEGIN}"),
    (BEGIN, f"it does not begin with the line {BEGIN}"),
    (f"{BEGIN}\nAAAA\n", f"the line {END} is missing"),
    (GOOD.replace("\n", "\r\n").replace("\r", "", 1), f"the line {END} is missing"),
    (f"{BEGIN}\nA\n{END}", "what stands in it is not base64"),
    (f"{BEGIN}\nAB==\n{END}", "what stands in it is not base64"),
    (f"{BEGIN}\n\n{END}", "it ends too soon"),
    (signature(magic=b"SSHSIH"), "it is no SSH signature"),
    (signature(version=b"\0\0\0\2"), "it is of version 2, which is not known here"),
    (signature(hash=b"sha1"), "the text was hashed with 'sha1', which is not one of sha256, sha512"),
    (signature(hash=LONG.encode()), f"the text was hashed with '{LONG[:40]}', which is not one of sha256, sha512"),
    (signature(hash="sha5\u00e9".encode()), "a name in it has characters that no name has"),
    (signature(hash=b"sha\x00256"), "a name in it has characters that no name has"),
    (signature(tail=b"\0"), "something follows after its end"),
]


@pytest.mark.parametrize("armoured, said", SIGNATURES)
def test_no_signature(armoured: str, said: str) -> None:
    """Whatever cannot be read as a signature says in a few words what is wrong with it."""
    with pytest.raises(MalformedError) as caught:
        read_signature(armoured)
    assert str(caught.value) == said


KEYS: list[tuple[bytes, str]] = [
    (b"", "it ends too soon"),
    (string(b"ssh-dss"), "keys of the type 'ssh-dss' cannot be used here; make one with ssh-keygen -t ed25519"),
    (string(LONG.encode()), f"keys of the type '{LONG[:40]}' cannot be used here; make one with ssh-keygen -t ed25519"),
    (string(b"ssh-ed25519") + string(b"\0" * 31), "its point does not have 32 bytes"),
    (string(b"ssh-ed25519") + string(b"\0" * 33), "its point does not have 32 bytes"),
    (string(b"ssh-ed25519") + string(b"\0" * 32) + b"\0", "something follows after its end"),
    (ecdsa(b"nistp384", b"\4" + b"\0" * 64), "its curve 'nistp384' is not that of its type"),
    (ecdsa(LONG.encode(), b"\4" + b"\0" * 64), f"its curve '{LONG[:40]}' is not that of its type"),
    (ecdsa(b"nistp256", b"\4" + b"\0" * 63), "its point is not one of that curve"),
    (ecdsa(b"nistp256", b"\2" + b"\0" * 64), "its point is not one of that curve"),
    (ecdsa(b"nistp521", b"\4" + b"\0" * 130, b"ecdsa-sha2-nistp521"), "its point is not one of that curve"),
    (rsa(2047), "an RSA key of 2047 bits is too short; 2048 are the least"),
    (rsa(16385), "a number in it is too large"),
    (rsa(2048, even=True), "its numbers are not those of an RSA key"),
    (rsa(2048, 2), "its numbers are not those of an RSA key"),
    (rsa(2048, 1), "its numbers are not those of an RSA key"),
    (rsa(2048, 2**64 + 1), "its numbers are not those of an RSA key"),
    (string(b"ssh-rsa") + string(b"\x80"), "a number in it is negative"),
]


@pytest.mark.parametrize("blob, said", KEYS)
def test_no_key(blob: bytes, said: str) -> None:
    """Whatever cannot be read as a key says in a few words what is wrong with it."""
    with pytest.raises(MalformedError) as caught:
        read_key(blob)
    assert str(caught.value) == said


@pytest.mark.parametrize(
    "line, said",
    [
        ("ssh-ed25519", "it is not a line of an SSH public key, as in ~/.ssh/id_ed25519.pub"),
        (HAND.line.upper(), "it is not a line of an SSH public key, as in ~/.ssh/id_ed25519.pub"),
        (HAND.line.replace("ssh-ed25519", "ssh-rsa"), "it says that it is ssh-rsa, and it is ssh-ed25519"),
        (f"{HAND.line}=", "what stands in it is not base64"),
    ],
)
def test_no_line_of_a_key(line: str, said: str) -> None:
    """A line that is none of a public key says what is wrong with it."""
    with pytest.raises(MalformedError) as caught:
        read_key_line(line)
    assert str(caught.value) == said


def test_the_largest_keys_that_are_read() -> None:
    """RSA keys from 2,048 to 16,384 bits with any odd exponent from 3 below 2⁶⁴ are keys, and points of each curve."""
    for bits in (2048, 16384):
        for exponent in (3, 2**64 - 1):
            assert read_key(rsa(bits, exponent)).parts == (exponent, (1 << bits - 1) + 1)
    for curve, size in ((b"nistp256", 32), (b"nistp384", 48), (b"nistp521", 66)):
        point = b"\4" + b"\1" * 2 * size
        key = read_key(ecdsa(curve, point, b"ecdsa-sha2-" + curve))
        assert key.parts == (curve.decode(), point)


def test_numbers_with_zeros_in_front() -> None:
    """A number may have as many bytes as OpenSSH reads, and one zero more in front; what it is worth stays the same."""
    largest = b"\1" + b"\0" * (LONGEST_NUMBER - 1)
    assert Wire(string(largest)).number() == Wire(string(b"\0" + largest)).number() == int.from_bytes(largest, "big")
    assert Wire(string(b"")).number() == 0
    for content in (b"\1" + largest, b"\0\0" + largest):
        with pytest.raises(MalformedError, match=r"^a number in it is too large$"):
            Wire(string(content)).number()


def test_names() -> None:
    """One zero byte may close a name, and it is no part of it."""
    assert Wire(string(b"name\0")).name() == Wire(string(b"name")).name() == "name"
    assert Wire(string(b"\0")).name() == Wire(string(b"")).name() == ""


@pytest.mark.parametrize("text", ["AAA", "AB==", "AA=A", "=", "A\u00e9==", "AAAA\n"])
def test_one_spelling_of_base64(text: str) -> None:
    """Base64 has one spelling for everything; another is none."""
    with pytest.raises(MalformedError, match=r"^what stands in it is not base64$"):
        from_base64(text)


def test_armour_has_short_lines() -> None:
    """Armour is written in lines of seventy characters, as ssh-keygen writes it."""
    lines = wrap(b"x" * 120).splitlines()

    assert (lines[0], lines[-1], [len(line) for line in lines[1:-1]]) == (BEGIN, END, [70, 70, 20])
    assert unwrap(wrap(b"x" * 120)) == b"x" * 120
    assert unwrap(f"{wrap(b'x')}and more\n{END}") == b"x"


def raw(kind: bytes, content: bytes = b"\0" * 64) -> bytes:
    """Return the raw part of a signature."""
    return string(kind) + string(content)


def rsa_like(raw_part: bytes) -> SshSignature:
    """Return a signature that names an RSA key of 2,048 bits."""
    return SshSignature(key=read_key(rsa(2048)), namespace="x", hash="sha512", raw=raw_part)


@pytest.mark.parametrize(
    "given, said",
    [
        (raw(b"ssh-rsa"), "it was made as 'ssh-rsa', which is not one of rsa-sha2-256, rsa-sha2-512"),
        (raw(LONG.encode()), f"it was made as '{LONG[:40]}', which is not one of rsa-sha2-256, rsa-sha2-512"),
        (raw(b"rsa-sha2-512", b"\1" * 257), "it is longer than its key"),
        (raw(b"rsa-sha2-512") + b"\0", "something follows after its end"),
    ],
)
def test_what_no_rsa_key_signs(given: bytes, said: str) -> None:
    """The raw part of a signature that its RSA key does not make says what is wrong with it."""
    with pytest.raises(MalformedError) as caught:
        is_signed(rsa_like(given), b"text")
    assert str(caught.value) == said


def test_what_no_ed25519_key_signs() -> None:
    """A key signs as what it is."""
    with pytest.raises(MalformedError, match=f"^a key of the type ssh-ed25519 does not sign as '{LONG[:40]}'$"):
        is_signed(read_signature(signature(raw=raw(LONG.encode()))), b"text")


def test_a_point_that_is_none() -> None:
    """A key whose numbers lie on no curve could not have signed."""
    key = read_key(ecdsa(b"nistp256", b"\4" + b"\1" * 64))
    said = SshSignature(key=key, namespace="x", hash="sha256", raw=raw(b"ecdsa-sha2-nistp256", number(5) + number(6)))

    with pytest.raises(MalformedError, match=r"^its key is none that could have signed$"):
        is_signed(said, b"text")


def test_what_makes_a_key() -> None:
    """A key is the same where its parts and its type are, and nothing else is a key."""
    key = HAND.public

    assert key == PublicKey(type=key.type, parts=key.parts, blob=b"spelled otherwise")
    assert hash(key) == hash(PublicKey(type=key.type, parts=key.parts, blob=b""))
    assert key != PublicKey(type="ssh-rsa", parts=key.parts, blob=key.blob)
    assert key != PublicKey(type=key.type, parts=(b"",), blob=key.blob)
    assert key != (key.type, key.parts)
    assert key.line == f"ssh-ed25519 {base64.b64encode(key.blob).decode()}"
