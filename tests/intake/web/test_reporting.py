"""Reporting through the form, as a browser without a script does it: taken once, kept whole, and answered plainly."""

from __future__ import annotations

import asyncio
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from PIL import Image

from nearmiss.engine.intake.contents import contents_of
from nearmiss.engine.intake.ports import Kept
from nearmiss.engine.mailing import Letter, MailError
from nearmiss.intake.keeping import Keeper
from nearmiss.intake.reporting.calling import parts_of
from nearmiss.policy.intake_rules import IntakeRules, Limits
from tests.engine.scene import found_scene
from tests.intake.web.hosting import Public, field_of, opened, public_of, receipt_in, send
from tests.mail.outbox import Outbox

HAPPENED = "The trailer rolled as the forklift drove in."


@pytest.fixture
def outbox() -> Outbox:
    """Return a mailer that keeps its letters."""
    return Outbox()


@pytest.fixture
def public(tmp_path: Path, outbox: Outbox) -> Iterator[Public]:
    """Return the pages of everybody over a register of its own."""
    scene = found_scene(tmp_path / "register")
    with public_of(scene, tmp_path / "place", mailer=outbox) as made:
        yield made
    scene.close()


def waiting(public: Public) -> list[Kept]:
    """Return what is in the store."""
    return list(public.store.reports("waiting", "confirmed", "planned", "committed"))


def answers_of(public: Public) -> dict[str, object]:
    """Return the answers of the one report in the store."""
    [kept] = waiting(public)
    return dict(contents_of(public.house.intake, kept).answers)


def photo() -> bytes:
    """Return a small photo that tells who took it."""
    out = io.BytesIO()
    picture = Image.new("RGB", (40, 30), "red")
    exif = Image.Exif()
    exif[0x013B] = "Mary Photographer"
    picture.save(out, "JPEG", exif=exif)
    return out.getvalue()


def test_a_report_is_stored_before_it_is_answered(public: Public) -> None:
    """Safe, what happened, and send: the answer shows a number and a key, and the store has the report."""
    answer = send(public.browser(), made_safe="yes", what_happened=HAPPENED)

    assert answer.status_code == 200
    number, key = receipt_in(answer.text)
    [kept] = waiting(public)
    assert (kept.number, kept.mode, kept.state) == (number, "confidential", "waiting")
    assert re.fullmatch(r"[0-9A-Z-]{20,}", key)
    today = public.scene.clock.now().date().isoformat()
    assert answers_of(public) == {
        "what_happened": HAPPENED,
        "made_safe": "yes",
        "occurred_on": today,
        "lang": "en",
    }


@pytest.mark.parametrize("when", ["now", "today"])
def test_a_report_without_any_name_does_not_keep_the_day_on_which_it_was_sent(public: Public, when: str) -> None:
    """Of "now", which is chosen beforehand, the month is kept; a day that somebody writes is what they chose to say."""
    send(public.browser(), made_safe="yes", what_happened=HAPPENED, mode="anonymous", when=when)
    assert answers_of(public)["occurred_on"] == public.scene.clock.now().strftime("%Y-%m")


@pytest.mark.parametrize(
    "language, said", [("de", "die Führungskraft des Bereichs"), ("en", "the supervisor of the area")]
)
def test_whom_to_call_is_said_in_the_readers_language(public: Public, language: str, said: str) -> None:
    """What a new register says of it is in the catalogues, as long as the register has no words of its own."""
    for page in ("/", "/card"):
        assert said in public.browser().get(f"{page}?lang={language}").text


def test_everything_that_is_asked_reaches_the_report(public: Public) -> None:
    """Every answer of the form becomes a field of the report, with the terms of the vocabulary."""
    send(
        public.browser(),
        "/?lang=de",
        to="/report?lang=de",
        made_safe="unknown",
        what_happened="  Zeile 1 \r\nZeile 2\r\n",
        what_could_have_happened="Jemand wird gequetscht.",
        barrier="luck",
        how="Ich bremste.",
        site="plant-2",
        area="shipping",
        location="dock-3",
        equipment="TRL-88",
        when="earlier",
        day="2026-11",
        on_behalf="1",
    )

    assert answers_of(public) == {
        "what_happened": "Zeile 1\nZeile 2",
        "made_safe": "unknown",
        "what_could_have_happened": "Jemand wird gequetscht.",
        "what_stopped_it": {"barrier": "luck", "how": "Ich bremste."},
        "site": "plant-2",
        "process_area": "shipping",
        "location": "dock-3",
        "occurred_on": "2026-11",
        "links": [{"kind": "equipment", "ref": "TRL-88"}],
        "lang": "de",
        "entered_on_behalf": True,
    }


def test_a_report_by_name_is_in_the_register_at_once(public: Public) -> None:
    """The answer has the id of the record; the typed name stands in the record, and is nobody's handle."""
    answer = send(public.browser(), made_safe="yes", what_happened=HAPPENED, mode="named", name="Ruth Meyer")

    number, _ = receipt_in(answer.text)
    public.house.close()
    [kept] = waiting(public)
    assert kept.state == "committed"
    # On a machine at its limits the id may come later than the answer.
    assert number in {kept.record_id, kept.number}
    record = public.scene.git("show", f"main:records/2026/11/{kept.record_id}.yaml")
    assert "Ruth Meyer" in record
    assert "person:" not in record


def test_whoever_is_signed_in_reports_as_that_person(public: Public) -> None:
    """No name is asked; typed in for somebody else, it is, and the record is not in the typist's name."""
    found = public.house.policy.people.find("m.okafor")
    public.house.seek_person = lambda _request: found

    own = send(public.browser(), made_safe="yes", what_happened=HAPPENED, mode="named")
    other = send(public.browser(), made_safe="yes", what_happened=HAPPENED, mode="named", on_behalf="1")

    assert own.status_code == 200
    assert other.status_code == 422
    assert "Write your name" in other.text
    public.house.close()
    [kept] = waiting(public)
    record = public.scene.git("show", f"main:records/2026/11/{kept.record_id}.yaml")
    assert "person: m.okafor" in record


def test_the_same_form_sent_twice_is_one_report(public: Public) -> None:
    """The token makes a second sending the same report, with the same number and key, and sounds no second alarm."""
    browser = public.browser()
    fields = {**opened(browser), "made_safe": "no", "what_happened": HAPPENED, "when": "now", "mode": "anonymous"}

    first, second = (browser.post("/report", data=fields) for _ in range(2))

    assert receipt_in(first.text) == receipt_in(second.text)
    assert len(waiting(public)) == 1
    public.house.close()
    assert len(public.house.mailer.letters) == 1  # type: ignore[union-attr]  # the outbox of this test


@pytest.mark.parametrize(
    "typed, said",
    [
        ({"made_safe": ""}, "Say whether it is safe now."),
        ({"made_safe": "maybe"}, "Say whether it is safe now."),
        ({"what_happened": "  \n "}, "Say in a few words what happened."),
        ({"what_happened": "x" * 20_001}, "This is longer than 20000 characters."),
        ({"when": "earlier", "day": "next week"}, "Write the day as"),
        ({"when": "earlier", "day": "2031-01-01"}, "This day has not come yet."),
        ({"mode": "secret"}, "Choose how you want to report."),
        ({"mode": "named", "name": " "}, "Write your name, or choose a way to report without it."),
        ({"equipment": "<script>"}, "Write the number of the equipment as it stands on its plate."),
    ],
)
def test_what_is_missing_is_told_and_what_was_typed_stays(public: Public, typed: dict[str, str], said: str) -> None:
    """A form that cannot be taken comes back with the fault at its field, and with every word and choice in it."""
    kept = {"what_could_have_happened": "Somebody is <b>crushed</b>.", "how": "By luck", "site": "plant-2"}
    given = {"made_safe": "yes", "what_happened": HAPPENED, "barrier": "luck", "contact": "ext. 12", **kept, **typed}

    answer = send(public.browser(), **given)

    assert answer.status_code == 422
    assert said in answer.text
    assert 'role="alert"' in answer.text
    assert "Somebody is &lt;b&gt;crushed&lt;/b&gt;." in answer.text
    assert 'value="By luck"' in answer.text
    assert '<option value="plant-2" selected>' in answer.text
    assert 'value="ext. 12"' in answer.text
    assert re.search(r'value="luck" checked', answer.text)
    assert waiting(public) == []


def test_an_error_keeps_the_token(public: Public) -> None:
    """Sent again after an error, it is still the same report."""
    browser = public.browser()
    fields = {**opened(browser), "made_safe": "yes", "what_happened": "", "when": "now", "mode": "confidential"}

    answer = browser.post("/report", data=fields)

    assert field_of(answer.text, "token") == fields["token"]


def test_photos_are_made_anew_before_they_are_stored(public: Public) -> None:
    """A photo is kept under a name that says nothing, and without the name of who took it."""
    files = [("files", ("mary-selfie.jpg", photo(), "image/jpeg"))]

    answer = send(public.browser(), made_safe="yes", what_happened=HAPPENED, files=files)

    assert answer.status_code == 200
    [kept] = waiting(public)
    assert list(contents_of(public.house.intake, kept).files) == ["attachment-1.jpg"]


@pytest.mark.parametrize("language", ["en", "de", "es", "pl"])
def test_a_file_that_cannot_be_taken_is_refused_in_the_language_of_the_page(public: Public, language: str) -> None:
    """The sentence names the file by its number, and what was typed is still there."""
    files = [("files", ("a.jpg", photo(), "image/jpeg")), ("files", ("b.jpg", b"MZ\x90\x00 not a photo", "image/jpeg"))]

    answer = send(
        public.browser(),
        to=f"/report?lang={language}",
        made_safe="yes",
        what_happened=HAPPENED,
        files=files,
    )

    words = {"en": "File 2", "de": "Datei 2", "es": "El archivo 2", "pl": "Plik 2"}
    assert answer.status_code == 422
    assert words[language] in answer.text
    assert HAPPENED in answer.text
    assert waiting(public) == []


def test_too_many_files_are_refused_by_the_form_itself(public: Public) -> None:
    """Who chooses six files is told so, and keeps what was typed."""
    files = [("files", (f"{number}.jpg", photo(), "image/jpeg")) for number in range(6)]

    answer = send(public.browser(), made_safe="yes", what_happened=HAPPENED, files=files)

    assert answer.status_code == 422
    assert "A report may carry 5 files at most." in answer.text
    assert HAPPENED in answer.text


def test_a_scanned_code_fills_in_the_place_and_nothing_that_is_not_known(public: Public) -> None:
    """Terms of the vocabulary are chosen already; what else stands in the address is left out."""
    page = public.browser().get("/?area=shipping&site=nowhere&equipment=TRL-88&location=%3Cscript%3E").text

    assert '<option value="shipping" selected>' in page
    assert 'id="equipment" name="equipment" maxlength="64" autocomplete="off" value="TRL-88"' in page
    assert "nowhere" not in re.sub(r'<nav class="languages".*?</nav>', "", page, flags=re.DOTALL)
    assert "<script>" not in page.replace("<script src", "")


@pytest.mark.parametrize("mode", ["anonymous", "confidential"])
def test_a_contact_is_kept_only_where_it_is_asked(public: Public, mode: str) -> None:
    """Whoever reports anonymously has no contact in the store, whatever stood in the field."""
    send(public.browser(), made_safe="yes", what_happened=HAPPENED, mode=mode, contact="ext. 4711", name="Mary")

    [kept] = waiting(public)
    assert (public.store.contact(kept.number) is not None) == (mode == "confidential")
    assert contents_of(public.house.intake, kept).name == ""


def test_not_safe_sounds_the_alarm_without_a_word_of_the_report(public: Public, outbox: Outbox) -> None:
    """Those who answer for the place are told area and hazard; the answer shows whom to call."""
    answer = send(
        public.browser(), made_safe="no", what_happened=HAPPENED, area="shipping", hazard="moving-vehicle", at_once="1"
    )
    public.house.close()

    assert "Call at once" in answer.text
    [letter] = outbox.letters
    assert "Shipping" in letter.text
    assert "Moving vehicle" in letter.text
    assert "trailer" not in letter.text
    [kept] = waiting(public)
    assert kept.at_once


def test_the_alarm_goes_out_before_the_rest_is_typed(public: Public, outbox: Outbox) -> None:
    """A button of its own alarms and brings the form back as it was; sending it then alarms nobody twice."""
    browser = public.browser()

    page = send(browser, to="/alarm", area="shipping", what_could_have_happened="Worse").text

    assert "The alarm went out" in page
    assert "Worse" in page
    assert field_of(page, "alarmed") == "1"
    assert len(outbox.letters) == 1
    assert waiting(public) == []
    fields = {"csrf": field_of(page, "csrf"), "token": field_of(page, "token"), "alarmed": "1", "mode": "confidential"}
    browser.post("/report", data={**fields, "made_safe": "no", "what_happened": HAPPENED})
    public.house.close()
    assert len(outbox.letters) == 1
    assert len(waiting(public)) == 1


@dataclass
class ShutMailer:
    """A mail server that takes nothing until it is open."""

    is_open: bool = False
    letters: list[Letter] = field(default_factory=list)

    def send(self, letters: Sequence[Letter]) -> None:
        """Refuse everything, with words of the letter."""
        if not self.is_open:
            raise MailError("The letter about Shipping was refused.")
        self.letters += letters


@pytest.mark.parametrize("to", ["/alarm", "/report"])
def test_an_alarm_that_did_not_go_out_is_tried_until_it_does(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], to: str
) -> None:
    """Over a shut mail server and a new start of ours, the alarm of button and report goes out once, by the keeper."""
    scene, shut = found_scene(tmp_path / "register"), ShutMailer()
    with public_of(scene, tmp_path / "place", mailer=shut) as public:
        browser = public.browser()
        fields = {**opened(browser), "made_safe": "no", "area": "shipping", "when": "now", "mode": "anonymous"}
        browser.post(to, data={**fields, "what_happened": HAPPENED})
    assert shut.letters == []
    with public_of(scene, tmp_path / "place", mailer=shut) as public:
        keeper = Keeper(house=public.house, directory=scene.root)
        asyncio.run(keeper.sound())
        shut.is_open = True
        asyncio.run(keeper.sound())
        asyncio.run(keeper.sound())
        again = public.browser()
        answer = again.post(
            "/report", data={**fields, **opened(again), "token": fields["token"], "what_happened": HAPPENED}
        )
        assert answer.status_code == 200
    scene.close()

    assert len(shut.letters) == 1
    said = capfd.readouterr()
    assert "An alarm could not be sent" in said.out
    assert "shipping" not in (said.out + said.err).lower()


def test_a_second_sending_alarms_if_the_first_did_not(tmp_path: Path) -> None:
    """A form that is sent again sounds the alarm that could not go out with the first sending, and no other."""
    scene, shut = found_scene(tmp_path / "register"), ShutMailer()
    with public_of(scene, tmp_path / "place", mailer=shut) as public:
        browser = public.browser()
        fields = {**opened(browser), "made_safe": "no", "what_happened": HAPPENED, "when": "now", "mode": "anonymous"}
        browser.post("/report", data=fields)
        public.house.close()
        shut.is_open = True
        public.house.__post_init__()
        for _ in range(2):
            browser.post("/report", data=fields)
    scene.close()

    assert len(shut.letters) == 1


def test_a_mail_server_that_is_shut_loses_no_report_and_no_word(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Where no letter goes out, one is told to call; the log says where it broke, and no place and no word."""
    scene = found_scene(tmp_path / "register")
    with public_of(scene, tmp_path / "place", mailer=ShutMailer()) as public:
        page = send(public.browser(), to="/alarm", area="shipping").text
        answer = send(public.browser(), made_safe="no", what_happened=HAPPENED, area="shipping")
        assert len(waiting(public)) == 1
    scene.close()

    assert "Nobody could be told from here. Please call." in page
    assert answer.status_code == 200
    said = capfd.readouterr()
    assert "MailError at" in said.err
    assert "shipping" not in (said.out + said.err).lower()


def test_without_a_mailer_nobody_is_promised_an_alarm(tmp_path: Path) -> None:
    """A register that cannot write letters says that one has to call, and has no button for an alarm."""
    scene = found_scene(tmp_path / "register")
    with public_of(scene, tmp_path / "place") as public:
        form = public.browser().get("/").text
        answer = send(public.browser(), made_safe="no", what_happened=HAPPENED)
    scene.close()

    assert "Then call at once:" in form
    assert "larm those who" not in form
    assert "the alarm still goes out" not in form

    assert "Nobody could be told from here. Please call." in answer.text


@pytest.mark.parametrize(
    "call, dialled",
    [
        ("the shift leader, extension 112", []),
        ("die Leitwarte, Durchwahl: 112", []),
        ("jefe de turno, ext. 4711, o 0800 123456", ["0800123456"]),
        ("Notruf 112", ["112"]),
        ("the control room, +49 30 1234-567", ["+49301234567"]),
    ],
)
def test_a_number_of_the_house_is_no_number_to_dial(call: str, dialled: list[str]) -> None:
    """An extension dialled on somebody's own telephone reaches somebody else: the emergency call, for 112."""
    parts = parts_of(call)

    assert [number for _, number in parts if number] == dialled
    assert "".join(text for text, _ in parts) == call


def test_too_many_reports_in_a_minute_are_sent_back_whole(tmp_path: Path) -> None:
    """The limit is one for everybody, and who meets it keeps what was typed."""
    scene = found_scene(tmp_path / "register")
    rules = IntakeRules(limits=Limits(reports_per_minute=1))
    with public_of(scene, tmp_path / "place", rules=rules) as public:
        first, second = (send(public.browser(), made_safe="yes", what_happened=HAPPENED) for _ in range(2))
    scene.close()

    assert first.status_code == 200
    assert second.status_code == 429
    assert HAPPENED in second.text


def test_nothing_of_a_request_is_said_anywhere(public: Public, capfd: pytest.CaptureFixture[str]) -> None:
    """Not a word goes to the streams of the server, whatever was sent."""
    send(public.browser(), made_safe="yes", what_happened=HAPPENED)
    send(public.browser(), made_safe="", what_happened=HAPPENED)

    said = capfd.readouterr()
    assert (said.out, said.err) == ("", "")


@pytest.mark.parametrize("path", ["/", "/follow", "/card", "/protect"])
@pytest.mark.parametrize("language", ["en", "de", "es", "pl"])
def test_each_page_speaks_each_language(public: Public, path: str, language: str) -> None:
    """By the address, by what the browser asks for, and with a way to each of the others."""
    chosen = public.browser(**{"Accept-Language": "fr"}).get(f"{path}?lang={language}").text
    asked = public.browser(**{"Accept-Language": f"{language}, en;q=0.5"}).get(path).text

    for page in (chosen, asked):
        assert f'<html lang="{language}">' in page
        assert all(f'hreflang="{other}"' in page for other in ("en", "de", "es", "pl"))
    assert f"/protect?lang={language}" in chosen
