"""Letters go out by SMTP: one connection for many, and none is lost because another fails."""

from __future__ import annotations

import ssl
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nearmiss.app.mailing import mailer_of
from nearmiss.engine.mailing import Letter, LettersUnsentError, Mailer, MailError
from nearmiss.mail.addresses import Office, is_plain_address, read_office, sendable
from nearmiss.mail.composing import compose
from nearmiss.mail.smtp import Postman
from tests.mail.post_office import PostOffice, certified, post_office

SENDER = "near-misses@example.org"


def letter(to: str = "s.ito@example.org", *, subject: str = "Due", text: str = "One thing is due.\n") -> Letter:
    """Return a letter to one address."""
    return Letter(to=(to,), subject=subject, text=text)


def mailer(office: PostOffice, more: str = "") -> Mailer:
    """Return what sends letters through a server on this machine, plugged in by the environment."""
    made = mailer_of({"NEARMISS_SMTP": f"smtp://127.0.0.1:{office.port}?from={SENDER}{more}"})
    assert made is not None
    return made


def postman(
    office: PostOffice, trust: ssl.SSLContext | None = None, *, host: str = "localhost", **more: object
) -> Postman:
    """Return what sends letters as to a server elsewhere."""
    place = Office(host=host, port=office.port, sender=SENDER, **more)  # type: ignore[arg-type]  # as each test says
    return Postman(place, patience=0.5, trust=trust)


def test_letters_arrive_as_plain_text_marked_as_written_by_a_program() -> None:
    """A letter arrives with its text in UTF-8, and with headers by which nothing answers it by itself."""
    text = "Grüße — 完了\n.\nFrom the dock\n" + "long " * 400 + "\n"
    with post_office() as office:
        mailer(office).send([letter(subject="Überfällig: trailer", text=text)])
    [taken] = office.letters
    message = taken.message
    assert (taken.sender, taken.to) == (SENDER, ("s.ito@example.org",))
    assert taken.text == text
    assert message["Subject"] == "Überfällig: trailer"
    assert message["From"] == f"Near misses <{SENDER}>"
    assert message["To"] == "s.ito@example.org"
    assert (message["Auto-Submitted"], message["X-Auto-Response-Suppress"]) == ("auto-generated", "All")
    assert message.get_content_type() == "text/plain"
    assert message.get_content_charset() == "utf-8"
    assert str(message["Message-ID"]).endswith("@example.org>")
    assert parsedate_to_datetime(str(message["Date"])).tzinfo is not None
    assert max(map(len, taken.raw.split(b"\r\n"))) < 200


def test_many_letters_go_over_one_connection() -> None:
    """Fifty letters need one talk, and each has its own addressee."""
    with post_office() as office:
        mailer(office).send([letter(f"person{number}@example.org") for number in range(50)])
    assert office.talks == 1
    assert [taken.to for taken in office.letters] == [(f"person{number}@example.org",) for number in range(50)]
    assert office.said[-1] == "QUIT"


def test_nothing_to_send_calls_nobody() -> None:
    """Without letters no connection is opened."""
    with post_office() as office:
        mailer(office).send([])
    assert office.talks == 0


def test_the_name_of_the_machine_is_not_told() -> None:
    """The server is greeted in the name of the sender's domain, and so are letters numbered."""
    with post_office() as office:
        mailer(office).send([letter()])
    assert office.said[0] == "EHLO example.org"


@given(subject=st.text(max_size=300), text=st.text(max_size=300))
def test_no_text_makes_a_header(subject: str, text: str) -> None:
    """Whatever a subject or a text says, the headers are those that we write, each once."""
    raw = compose(letter(subject=subject, text=text), sender=SENDER, addresses=["s.ito@example.org"]).as_bytes()
    head, _, _ = raw.partition(b"\r\n\r\n")
    names = [line.partition(b":")[0].decode() for line in head.split(b"\r\n") if not line.startswith((b" ", b"\t"))]
    expected = ["From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "X-Auto-Response-Suppress"]
    assert names[: len(expected)] == expected
    assert {*names[len(expected) :]} == {"Content-Type", "Content-Transfer-Encoding", "MIME-Version"}


@pytest.mark.parametrize(
    "address",
    [
        "s.ito@example.org\r\nBcc: all@example.org",
        "s.ito@example.org, all@example.org",
        "<s.ito@example.org>",
        "a b@example.org",
        "a@b@example.org",
        "-oX@-example.org",
        "größe@example.org",
        "nobody",
        "@example.org",
        "a@",
        "a@exa\x00mple.org",
        "a@\u2028example.org",
    ],
)
def test_an_address_that_is_none_is_told_and_others_get_theirs(address: str) -> None:
    """What is no address that a server knows gets no letter and brings no header; the next letter goes out."""
    with post_office() as office, pytest.raises(LettersUnsentError) as caught:
        mailer(office).send([letter(address), letter("w.olsen@example.org")])
    assert [taken.to for taken in office.letters] == [("w.olsen@example.org",)]
    assert [one.addresses for one in caught.value.unsent] == [(address,)]
    assert "1 of 2 letters could not be sent." in caught.value.message


def test_a_domain_in_other_letters_is_spelt_as_servers_know_it() -> None:
    """A domain with an umlaut has a spelling in ASCII."""
    assert sendable("s.ito@bücher.example") == "s.ito@xn--bcher-kva.example"
    assert not sendable("s.ito@größe.example"), "which Python would take for grösse.example"
    assert is_plain_address("s.ito@example.org")


def test_one_addressee_that_is_refused_is_told_and_the_others_get_the_letter() -> None:
    """A letter to three goes to the two that the server takes, and the third is named with the server's words."""
    three = Letter(to=("a@example.org", "gone@example.org", "b@example.org"), subject="Alarm", text="At once.\n")
    with post_office(refused=frozenset({"gone@example.org"})) as office, pytest.raises(LettersUnsentError) as caught:
        mailer(office).send([three, letter("gone@example.org"), letter("c@example.org")])
    assert [taken.to for taken in office.letters] == [("a@example.org", "b@example.org"), ("c@example.org",)]
    assert [one.addresses for one in caught.value.unsent] == [("gone@example.org",)] * 2
    assert "does not take letters for gone@example.org: 550 nobody of that name." in caught.value.message


def test_a_server_that_takes_few_letters_in_a_talk_is_called_again() -> None:
    """A server that hangs up after every two letters gets all five, each once, in three talks."""
    with post_office(letters_a_talk=2) as office:
        mailer(office).send([letter(f"person{number}@example.org") for number in range(5)])
    assert [taken.to[0] for taken in office.letters] == [f"person{number}@example.org" for number in range(5)]
    assert office.talks == 3


def test_a_letter_at_which_the_server_breaks_off_is_told_and_not_sent_twice() -> None:
    """Where the server breaks off in a letter, that one is told, and the next ones go out over a new connection."""
    with post_office(breaks_off_at=frozenset({2})) as office, pytest.raises(LettersUnsentError) as caught:
        mailer(office).send([letter(f"person{number}@example.org") for number in range(4)])
    assert [taken.to[0] for taken in office.letters] == [
        "person0@example.org",
        "person2@example.org",
        "person3@example.org",
    ]
    assert [one.addresses for one in caught.value.unsent] == [("person1@example.org",)]
    assert "broke off" in caught.value.message


def test_a_server_that_breaks_off_at_every_letter_is_left_alone() -> None:
    """After three letters that were broken off nothing more is tried, and all that is left is told."""
    with post_office(breaks_off_at=frozenset(range(1, 50))) as office, pytest.raises(LettersUnsentError) as caught:
        mailer(office).send([letter(f"person{number}@example.org") for number in range(10)])
    assert office.begun == 3
    assert len(caught.value.unsent) == 10


def test_a_server_that_is_not_there_is_told_once_for_all_letters() -> None:
    """Where nobody listens, every letter is unsent, and the sentence names the server."""
    with post_office() as office:
        pass
    with pytest.raises(LettersUnsentError) as caught:
        mailer(office).send([letter(), letter("w.olsen@example.org")])
    assert len(caught.value.unsent) == 2
    assert f"The mail server 127.0.0.1:{office.port} cannot be reached: Connection refused." in caught.value.message


def test_a_server_that_says_nothing_is_not_waited_for() -> None:
    """A server that takes the connection and is silent is given up after a while."""
    with post_office(is_silent=True) as office, pytest.raises(LettersUnsentError, match="cannot be reached"):
        postman(office, is_plain=True).send([letter()])


def test_letters_and_passwords_go_enciphered_by_starttls(tmp_path: Path) -> None:
    """Over smtp:// the talk is enciphered before anybody logs in or anything is sent."""
    server, trust = certified(tmp_path)
    with post_office(starttls=server, logins={"us": "secret"}) as office:
        postman(office, trust, user="us", password="secret").send([letter()])  # noqa: S106 - that of the fake
    words = [word.partition(" ")[0] for word in office.said]
    assert words[:4] == ["EHLO", "STARTTLS", "EHLO", "AUTH"]
    assert len(office.letters) == 1


def test_letters_go_over_tls_from_the_start(tmp_path: Path) -> None:
    """Over smtps:// everything is enciphered."""
    server, trust = certified(tmp_path)
    with post_office(tls=server, logins={"us": "secret"}) as office:
        postman(office, trust, user="us", password="secret", is_tls=True).send([letter()])  # noqa: S106 - that of the fake
    assert [word.partition(" ")[0] for word in office.said][:2] == ["EHLO", "AUTH"]
    assert len(office.letters) == 1


def test_a_server_that_does_not_encipher_gets_nothing() -> None:
    """Where STARTTLS is not offered, neither password nor letter is said, and the way on is told."""
    with post_office(logins={"us": "secret"}) as office, pytest.raises(LettersUnsentError) as caught:
        postman(office, user="us", password="secret").send([letter()])  # noqa: S106 - that of the fake
    assert office.said == ["EHLO example.org"]
    assert "does not offer STARTTLS" in caught.value.message
    assert "tls=none" in caught.value.message


@pytest.mark.parametrize("way", ["starttls", "tls"])
def test_a_server_that_cannot_show_who_it_is_gets_nothing(tmp_path: Path, way: str) -> None:
    """A certificate that nobody vouches for, or for another name, ends the talk."""
    server, _ = certified(tmp_path)
    with post_office(**{way: server}) as office, pytest.raises(LettersUnsentError, match="cannot show that it is what"):
        postman(office, is_tls=way == "tls").send([letter()])
    assert not office.letters


def test_a_server_without_tls_where_tls_was_said_is_told(tmp_path: Path) -> None:
    """Speaking smtps:// with a port for smtp:// says so, instead of waiting."""
    _, trust = certified(tmp_path)
    with post_office() as office, pytest.raises(LettersUnsentError, match="does not speak TLS there"):
        postman(office, trust, is_tls=True).send([letter()])


def test_a_wrong_password_names_the_variable(tmp_path: Path) -> None:
    """Who is not let in is told where the password is looked for; the password itself is in no sentence."""
    server, trust = certified(tmp_path)
    with post_office(tls=server, logins={"us": "secret"}) as office, pytest.raises(LettersUnsentError) as caught:
        postman(office, trust, user="us", password="wr0ng-one", is_tls=True).send([letter()])  # noqa: S106 - that of the fake
    assert "NEARMISS_SMTP_PASSWORD" in caught.value.message
    assert "wr0ng-one" not in repr(caught.value.unsent) + caught.value.message


def test_the_variable_says_server_user_and_sender() -> None:
    """`smtp[s]://user@host:port?from=address` is read whole, and ports that are not said are the usual ones."""
    office = read_office("smtps://near%40example.org@mail.example.org?from=us@example.org", "secret")
    assert (office.host, office.port, office.user, office.sender) == (
        "mail.example.org",
        465,
        "near@example.org",
        "us@example.org",
    )
    assert "secret" not in repr(office)
    assert read_office("smtp://near%40example.org@mail.example.org", "").sender == "near@example.org"
    assert (read_office("smtp://mail.example.org:25?from=us@example.org", "").port, office.is_tls) == (25, True)
    assert not read_office("smtp://mail.example.org?from=us@example.org", "").is_plain
    assert read_office("smtp://mail.example.org?from=us@example.org&tls=none", "").is_plain
    assert read_office("smtp://localhost?from=us@example.org", "").is_plain
    assert mailer_of({}) is None


@pytest.mark.parametrize(
    "said, why",
    [
        ("mail.example.org", "begins with smtp://"),
        ("http://mail.example.org?from=us@example.org", "begins with smtp://"),
        ("smtp://?from=us@example.org", "the name of a server"),
        ("smtp://mail.example.org:port?from=us@example.org", "no address of a server"),
        ("smtp://mail.example.org", "from="),
        ("smtp://mail.example.org?from=us", "from="),
        ("smtp://mail.example.org?from=us@example.org%0d%0aBcc:x@example.org", "from="),
        ("smtp://us:secret@mail.example.org?from=us@example.org", "NEARMISS_SMTP_PASSWORD"),
        ("smtp://mail.example.org/folder?from=us@example.org", "tls=none only"),
        ("smtp://mail.example.org?from=us@example.org&tls=maybe", "tls=none only"),
        ("smtp://us@mail.example.org?from=us@example.org&tls=none", "leave out tls=none"),
    ],
)
def test_a_variable_that_cannot_be_read_says_why_and_shows_one_that_can(said: str, why: str) -> None:
    """Each way to write it wrong has its own sentence, no password in it, and an example below."""
    with pytest.raises(MailError) as caught:
        mailer_of({"NEARMISS_SMTP": said})
    assert why in caught.value.message
    assert "secret" not in caught.value.message
    assert "smtp://user@mail.example.org" in caught.value.hint
