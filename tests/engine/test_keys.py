"""Whose keys count and which of them signs: listed, proposed, retired, at hand, without a repository or an agent."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest

from nearmiss.engine.desk import Desk
from nearmiss.engine.documents import Edit
from nearmiss.engine.errors import (
    KeyAlreadyListedError,
    KeyNotHereError,
    KeyNotListedError,
    NoKeyAtHandError,
    NoKeyListedError,
    SeveralKeysError,
    SignatureWrongError,
    UnknownPersonError,
)
from nearmiss.engine.proposing import keys
from nearmiss.engine.proposing.key_signing import service_at_hand, signed_data
from nearmiss.engine.proposing.proposals import Word
from nearmiss.models.people import Person
from nearmiss.models.sign_off import NAMESPACE
from tests.policy.builder import HANDS, Hand, World, person_of, standard_world

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
BROKEN = "ssh-ed25519 AAAA"
STATEMENT = {"by": "h.keyed", "said": "yes"}
KEYED, RETIRED, GATE = (HANDS[name] for name in ("h.keyed", "x.retired", "gate"))


class Ring:
    """Keys at hand: the public lines, and hands that sign."""

    def __init__(self, *hands: Hand, lines: Iterable[str] = (), is_named: bool = False) -> None:
        self.hands = {hand.line: hand for hand in hands}
        self.lines = [*lines, *self.hands]
        self.is_named = is_named
        self.asked: list[tuple[str, str]] = []

    def at_hand(self) -> Iterable[str]:
        """Yield what is at hand."""
        return iter(self.lines)

    def sign(self, message: bytes, *, key: str, namespace: str) -> str:
        """Sign with the key that was asked for."""
        self.asked.append((key, namespace))
        return self.hands[key].sign(message, namespace=namespace)


def desk_of(world: World, *, signer: Any = None, at_work: str = "r.meyer") -> Desk:
    """Return a desk in a register of this world, at which somebody works."""

    def person(people: Any) -> Person:
        return cast("Person", people.find(at_work))

    def revise(content: bytes, edits: list[Edit]) -> bytes:
        assert content == b"the file"
        return repr([(edit.at, edit.value) for edit in edits]).encode()

    tree = SimpleNamespace(read=lambda path: b"the file" if path == keys.PEOPLE else None)
    repository = SimpleNamespace(tree=lambda base: tree if base == "base" else None)
    documents = SimpleNamespace(revise=revise)
    return cast(
        "Desk",
        SimpleNamespace(
            world=world,
            signer=signer,
            person=person,
            repository=repository,
            documents=documents,
            clock=SimpleNamespace(now=lambda: NOW),
        ),
    )


@pytest.fixture(scope="module")
def world() -> World:
    """Return the standard world."""
    return standard_world()


@pytest.fixture(autouse=True)
def told_by_the_test(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the test say what is in force, and take what is proposed as it is."""
    monkeypatch.setattr(keys, "main_register", lambda desk: ("base", desk.world.register))

    def propose(desk: Any, tree: Any, *, what: str) -> tuple[str, str]:
        assert desk.world
        assert tree.read("elsewhere") is None
        return tree.read(keys.PEOPLE).decode(), what

    monkeypatch.setattr(keys, "propose_version", propose)


def person(world: World, handle: str) -> Person:
    """Return somebody on the list of people."""
    found = world.newest.people.find(handle)
    assert found is not None
    return found


def with_keys(world: World, handle: str, *entries: dict[str, Any]) -> World:
    """Return the world with a further version in which somebody has these keys."""
    return world.under(None, lambda people: person_of(people, handle).update(keys=[*entries]))


def test_which_keys_are_listed(world: World) -> None:
    """Each key is listed with whose it is, since which version, whether it counts, and what was noted on it."""
    noted = {"key": HANDS["somebody"].line, "retired": True, "retired_on": "2026-12-01", "note": "Lost."}
    later = with_keys(with_keys(world, "r.meyer", {"key": BROKEN}, noted), "r.meyer", {"key": BROKEN}, noted)

    listed = {key.handle: key for key in keys.list_keys(desk_of(later)) if key.public}
    [broken] = [key for key in keys.list_keys(desk_of(later)) if not key.public]

    ruth, hana = listed["r.meyer"], listed["h.keyed"]
    assert (ruth.name, ruth.kind, ruth.since, ruth.type) == ("Ruth Meyer", "person", 2, "ssh-ed25519")
    assert (ruth.retired, ruth.retired_on, ruth.note) == (True, "2026-12-01", "Lost.")
    assert (hana.since, hana.retired, hana.retired_on, hana.note) == (1, False, "", "")
    assert hana.fingerprint == KEYED.public.fingerprint
    assert (broken.handle, broken.fingerprint, broken.type, broken.since) == ("r.meyer", "", "unreadable", 0)


def test_a_key_that_passes_on(world: World) -> None:
    """A key that two people have had in turn is each one's since the version that lists it for them."""
    entry = {"key": HANDS["somebody"].line}
    turned = with_keys(with_keys(with_keys(world, "r.meyer", entry), "r.meyer"), "p.lind", entry)

    [listed] = [key for key in keys.list_keys(desk_of(turned)) if key.public == HANDS["somebody"].public]

    assert (listed.handle, listed.since) == ("p.lind", 4)


def test_a_key_is_proposed(world: World) -> None:
    """The first key at hand is proposed for whoever is at work, or one that is said for somebody else."""
    mine = Ring(HANDS["somebody"], HANDS["r.meyer"], lines=[BROKEN])
    names = [one.handle for one in world.newest.people.people]
    ruth, hana = names.index("r.meyer"), names.index("h.keyed")
    line = HANDS["somebody"].line
    what = f"list the key {HANDS['somebody'].public.fingerprint} of "

    own: Any = keys.add_key(desk_of(world, signer=mine))
    other: Any = keys.add_key(desk_of(world), handle="h.keyed", line=line, note="Blue.")

    assert own[0] == (repr([(("people", ruth, "keys"), [{"key": line}])]), f"{what}r.meyer")
    assert own[1] == other[1] == HANDS["somebody"].public
    assert other[0] == (repr([(("people", hana, "keys", 1), {"key": line, "note": "Blue."})]), f"{what}h.keyed")


def test_no_key_to_propose(world: World) -> None:
    """Where none is at hand, or what is said is none, or it is somebody's already, nothing is proposed."""
    for signer in (None, Ring(), Ring(lines=[BROKEN])):
        with pytest.raises(NoKeyAtHandError, match="No SSH key of yours was found here"):
            keys.add_key(desk_of(world, signer=signer))
    with pytest.raises(NoKeyAtHandError, match=r"^That is no key that can be listed: what stands in it is not base64"):
        keys.add_key(desk_of(world), line="not a key")
    with pytest.raises(UnknownPersonError, match=r"Nobody in people.yaml is nobody\.") as unknown:
        keys.add_key(desk_of(world), handle="nobody", line=GATE.line)
    assert "r.meyer, p.lind" in unknown.value.hint
    with pytest.raises(KeyAlreadyListedError) as listed:
        keys.add_key(desk_of(world), line=KEYED.line)
    assert str(listed.value) == f"The key {KEYED.public.fingerprint} is listed for h.keyed already."


@pytest.mark.parametrize("which", ["h.keyed", KEYED.public.fingerprint, KEYED.line])
def test_a_key_is_retired(world: World, which: str) -> None:
    """A key is named by its owner, its fingerprint or its line, and is retired from today on."""
    blue = with_keys(world, "h.keyed", {"key": BROKEN}, {"key": KEYED.line})
    place = [one.handle for one in world.newest.people.people].index("h.keyed")
    at = ("people", place, "keys", 1)

    done: Any = keys.retire_key(desk_of(blue), which)

    edits = [((*at, "retired"), True), ((*at, "retired_on"), "2026-11-22")]
    assert done[0] == (repr(edits), f"retire the key {KEYED.public.fingerprint} of h.keyed")
    assert done[1] == KEYED.public


def test_no_key_to_retire(world: World) -> None:
    """What names no key that counts, or more than one, retires none, and it says which there are."""
    two = with_keys(world, "h.keyed", {"key": KEYED.line}, {"key": HANDS["somebody"].line})
    for which in ("x.retired", RETIRED.line, "nobody"):
        with pytest.raises(KeyNotListedError) as unknown:
            keys.retire_key(desk_of(world), which)
        assert str(unknown.value) == f"No key that counts is {which[:100]}."
        assert unknown.value.hint == f"Keys that count: {KEYED.public.fingerprint}"
    with pytest.raises(SeveralKeysError) as several:
        keys.retire_key(desk_of(two), "h.keyed")
    assert str(several.value) == "h.keyed has several keys."
    assert several.value.hint == f"Name one: {KEYED.public.fingerprint}, {HANDS['somebody'].public.fingerprint}"


def test_for_ssh_keygen(world: World) -> None:
    """People are named by handle and plain addresses; a key retired since a day holds until then, others not at all."""
    entries: list[dict[str, Any]] = [
        {"key": KEYED.line},
        {"key": HANDS["r.meyer"].line, "retired_on": "2026-12-01"},
        {"key": HANDS["gate"].line, "retired": True, "retired_on": "2026-01-31"},
        {"key": HANDS["somebody"].line, "retired": True},
        {"key": BROKEN},
    ]
    desk = desk_of(with_keys(world.instead(None, forget_keys), "h.keyed", *entries))
    addresses = {"h.keyed": ("h@example.org", "*@example.org", "h+1@example.org\n", "x"), "r.meyer": ("r@example.org",)}

    written = keys.allowed_signers(keys.list_keys(desk), addresses)

    head = 'h.keyed,h@example.org namespaces="nearmiss-sign-off@1,git"'
    assert written.splitlines() == [
        f"{head} {KEYED.line}",
        f'{head},valid-before="20261201" {HANDS["r.meyer"].line}',
        f'{head},valid-before="20260131" {HANDS["gate"].line}',
        f"# retired: h.keyed {HANDS['somebody'].public.fingerprint}",
        "# retired: h.keyed a key that cannot be read",
    ]
    assert written.endswith("\n")
    assert keys.allowed_signers(keys.list_keys(desk), {}).startswith('h.keyed namespaces="')
    assert keys.addresses_of(desk)["r.meyer"] == ("r.meyer@example.org",)


def forget_keys(people: dict[str, Any]) -> None:
    """Let nobody have a key."""
    for entry in people["people"]:
        entry.pop("keys", None)


def test_whoever_has_a_key_signs(world: World) -> None:
    """A listed key signs unasked: the first at hand that is theirs, for sign-offs alone."""
    two = with_keys(world, "h.keyed", {"key": HANDS["somebody"].line}, {"key": KEYED.line})
    ring = Ring(GATE, KEYED, HANDS["somebody"], lines=[BROKEN])

    data, named = signed_data(desk_of(two, signer=ring), person(two, "h.keyed"), STATEMENT, two.newest, Word())

    assert data["statement"] == STATEMENT
    assert data["signature"].startswith("-----BEGIN SSH SIGNATURE-----")
    assert (named, ring.asked) == (KEYED.public.fingerprint, [(KEYED.line, NAMESPACE)])


def test_who_has_none_claims(world: World) -> None:
    """Without a listed key a word is a claim, unless a signature was asked for."""
    ruth = person(world, "r.meyer")
    for signer in (None, Ring(KEYED)):
        assert signed_data(desk_of(world, signer=signer), ruth, STATEMENT, world.newest, Word()) == (
            {"statement": STATEMENT},
            "",
        )
    for signer, word in ((None, Word(sign=True)), (Ring(KEYED, is_named=True), Word())):
        with pytest.raises(NoKeyListedError, match=r"^No key is listed for r\.meyer"):
            signed_data(desk_of(world, signer=signer), ruth, STATEMENT, world.newest, word)
    with pytest.raises(NoKeyListedError, match=r"^No key is listed for x\.retired"):
        signed_data(desk_of(world), person(world, "x.retired"), STATEMENT, world.newest, Word(sign=True))


def test_a_key_that_is_not_here(world: World) -> None:
    """Whoever has a key that is not at hand does not sign; the keys that could are named."""
    two = with_keys(world, "h.keyed", {"key": HANDS["somebody"].line}, {"key": KEYED.line}, {"key": BROKEN})
    named = f"{HANDS['somebody'].public.fingerprint} or {KEYED.public.fingerprint}"
    for signer in (None, Ring(), Ring(GATE)):
        with pytest.raises(KeyNotHereError) as missing:
            signed_data(desk_of(two, signer=signer), person(two, "h.keyed"), STATEMENT, two.newest, Word())
        assert f"h.keyed signs with a registered key ({named})" in str(missing.value)


def test_a_signature_that_does_not_hold(world: World) -> None:
    """What comes back from signing is verified before anything is written, and it says what is wrong."""

    class Wrong(Ring):
        def sign(self, message: bytes, *, key: str, namespace: str) -> str:
            return super().sign(message + b"!", key=key, namespace=namespace)

    with pytest.raises(SignatureWrongError) as wrong:
        signed_data(desk_of(world, signer=Wrong(KEYED)), person(world, "h.keyed"), STATEMENT, world.newest, Word())
    told = "The signature that was made does not hold: its signature is not of this statement."
    assert str(wrong.value) == told


def test_the_service_at_hand(world: World) -> None:
    """The service that attests is the first that acts and whose key is at hand; people are none."""

    def services(people: dict[str, Any]) -> None:
        person_of(people, "gate").update(keys=[{"key": GATE.line}], active=False)
        person_of(people, "c.moreau").update(keys=[{"key": HANDS["r.meyer"].line}], kind="service")
        person_of(people, "n.site").update(keys=[{"key": HANDS["somebody"].line}], kind="service")

    people = world.under(None, services).newest.people

    def at_hand(*hands: Hand) -> str:
        found = service_at_hand(desk_of(world, signer=Ring(*hands)), people)
        return found.handle if found else ""

    assert at_hand(GATE) == at_hand(KEYED) == at_hand() == ""
    assert at_hand(GATE, HANDS["somebody"]) == "n.site"
    assert at_hand(HANDS["somebody"], HANDS["r.meyer"]) == "c.moreau"
    assert service_at_hand(desk_of(world), people) is None
