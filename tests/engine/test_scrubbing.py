"""The scrubber: what may tell who somebody is is marked, what only looks so is not, and time is linear."""

from __future__ import annotations

import csv
import time
from itertools import pairwise
from pathlib import Path

import pytest

from nearmiss.app.scrubbing import read_names, scrubber_of
from nearmiss.engine.name_forms import forms_of_name
from nearmiss.engine.scrubbing import Names, marks
from nearmiss.models.people import People
from tests.pace import soon


def listed(handle: str, name: str, kind: str = "person") -> dict[str, object]:
    """Return somebody as people.yaml lists them."""
    address = f"{name.split(maxsplit=1)[0].lower()}@works.example"
    return {"handle": handle, "name": name, "emails": [address], "kind": kind, "roles": []}


TEAM = [
    listed("m.okafor", "Mary Okafor"),
    listed("kowalski7", "Jan Kowalski"),
    listed("nowak", "Ewa Nowak"),
    listed("meyer", "Ruth Meyer"),
    listed("intake", "Web Intake", "service"),
]
PEOPLE = People.model_validate({"schema": 1, "people": TEAM})

PLANTED = [
    ("Write to lukas.b+dock@example.co.uk for more.", "e-mail", "lukas.b+dock@example.co.uk"),
    ("lukas (at) example.com knows", "e-mail", "lukas (at) example.com"),
    ("Call +49 151 2345 6789 now", "phone", "+49 151 2345 6789"),
    ("Mein Handy: 0151/23456789.", "phone", "0151/23456789"),
    ("Büro 030 / 1234567 abends", "phone", "030 / 1234567"),
    ("0048601234567 zadzwoń", "phone", "0048601234567"),
    ("mój numer 601 234 567", "phone", "601 234 567"),
    ("reach me on (208)387-5164 or later", "phone", "(208)387-5164"),
    ("208-387-5164", "phone", "208-387-5164"),
    ("Durchwahl: 4711", "phone", "4711"),
    ("ext. 2204", "phone", "2204"),
    ("mi móvil es 612345678", "phone", "612345678"),
    ("Der Stapler stand vor B-MW 1234 und", "plate", "B-MW 1234"),
    ("the van AB12 CDE was there", "plate", "AB12 CDE"),
    ("el coche con matrícula 1234 BCD", "plate", "1234 BCD"),
    ("a car, registration KR 5AB12, parked", "plate", "KR 5AB12"),
    ("la voiture AB-123-CD", "plate", "AB-123-CD"),
    ("It was badge 4711 who did it", "badge", "badge 4711"),
    ("Personalnr. 00815 war dabei", "badge", "Personalnr. 00815"),
    ("employee no. E-20334", "badge", "employee no. E-20334"),
    ("numer pracownika 88123", "badge", "numer pracownika 88123"),
    ("empleado nº 5521 lo vio", "badge", "empleado nº 5521"),
    ("my number is 078-05-1120 here", "badge", "078-05-1120"),
    ("Okafor braked", "person", "Okafor"),
    ("it was Okafor's idea", "person", "Okafor's"),
    ("widziałem Kowalskiego na rampie", "person", "Kowalskiego"),
    ("dałem to Nowakowi", "person", "Nowakowi"),
    ("Meyers Stapler", "person", "Meyers"),
    ("see m.okafor about it", "person", "m.okafor"),
    ("kowalski7 logged in", "person", "kowalski7"),
    ("then Wojciech Zając came", "name", "Wojciech Zając"),
    ("Stefan hat es gesehen", "name", "Stefan"),
    ("preguntad a Joaquín", "name", "Joaquín"),
    ("I told Jennifer Stone about it", "name", "Jennifer Stone"),
    ("Mr Smith was on the truck", "name", "Mr Smith"),
    ("Frau Schröder stand daneben", "name", "Frau Schröder"),
    ("la Sra. Gutiérrez", "name", "Sra. Gutiérrez"),
    ("rozmawiałem z panem Zielińskim", "name", "panem Zielińskim"),
    ("MY FOREMAN STEPHEN WAS THERE, NOBODY ELSE WAS", "name", "STEPHEN"),
    ("I braked at 14:20 sharp", "time", "14:20"),
    ("gegen 6 Uhr", "time", "6 Uhr"),
    ("at 1430 hours", "time", "1430 hours"),
    ("around 2:15 pm", "time", "2:15 pm"),
    ("on train 4711 from", "place", "train 4711"),
    ("bei km 12,3 lag", "place", "km 12,3"),
    ("near milepost 88", "place", "milepost 88"),
]

HARMLESS = [
    "Trailer TRL-88 rolled off dock-3, see NM-2026-7Q4K2 and WO 2026-11-004711.",
    "On 2026-11-20, 20.11.2026, 11/20/2026 and 20261120 batch 4711-0815 was held.",
    "Torque 12.5 Nm at 3000 rpm, 1200 kg, 24 V, pH 7.4, 100-200 mm, 3/4 inch, 10:1.",
    "ISO 9001:2015 and EN 60204-1 apply; drawing AB-1234-56 rev C; valve V-101A; order 4500012345.",
    "Saint Paul, Lake George, San Antonio, the Thomas fire, Craig County and Martin Road are places.",
    "The jack, the bill, the rose, the mark and the will are words. May, June and April are months.",
    "Der Bolzen M12x40 in Halle 4, Regal 07-112-03, Artikel 0815-4711-99.",
    "El pallet 12345678 cayó de la estantería 4-12-07; no hubo heridos.",
    "Paleta 87654321 spadła z regału 12-04; nikt nie ucierpiał.",
    "Speed 20 km/h, 5 km from the gate, 30 km per hour.",
    "The web intake was down. Serial 20-0815-2234-7781-99.",
]


@pytest.mark.parametrize("text, kind, what", PLANTED)
def test_what_tells_of_a_person_is_marked(text: str, kind: str, what: str) -> None:
    """Addresses, numbers and names of every sort are marked as far as they go, with a reason."""
    found = scrubber_of(PEOPLE).marks(text)
    assert [(mark.kind, text[mark.start : mark.end]) for mark in found] == [(kind, what)]
    assert found[0].because


@pytest.mark.parametrize("text", HARMLESS)
def test_what_is_no_person_is_left(text: str) -> None:
    """Ids, dates, measures, part numbers, standards, places and ordinary words are not marked."""
    assert [(mark.kind, text[mark.start : mark.end]) for mark in scrubber_of(PEOPLE).marks(text)] == []


def test_what_is_sure_is_told_from_what_is_not() -> None:
    """An address of the team is known as such; a given name or a time of day is a suggestion only."""
    told = {mark.kind: mark for mark in scrubber_of(PEOPLE).marks("MARY@works.example met Stefan at 14:20; Mary left.")}
    assert told["e-mail"].because == "an address of people.yaml"
    assert told["e-mail"].sure
    assert not told["name"].sure
    assert not told["time"].sure
    assert not told["person"].sure


def test_without_lists_shapes_are_marked_still() -> None:
    """Names are handed in as data; without any, addresses and numbers are found."""
    assert [mark.kind for mark in marks("Stefan: s@example.com")] == ["e-mail"]
    assert [mark.kind for mark in marks("Ada left", names=Names(given=frozenset({"Ada"})))] == ["name"]
    assert [mark.kind for mark in marks("Okafor left", people=PEOPLE)] == ["person"]


def test_marks_do_not_overlap() -> None:
    """Each part of a text has one mark, the surest; marks come in the order of the text."""
    text = "Mr Okafor, badge 4711, 030 1234567, mary@works.example, 14:20 Uhr, Frau Meyer"
    found = scrubber_of(PEOPLE).marks(text)
    assert all(one.end <= other.start for one, other in pairwise(found))
    assert {mark.kind for mark in found} >= {"badge", "phone", "e-mail", "time"}


def test_forms_of_names() -> None:
    """Surnames are known in the endings of German and Polish, as far as they are simple."""
    assert {"Kowalska", "Kowalskiemu", "Kowalską"} <= set(forms_of_name("Kowalski"))
    assert {"Nowacki", "Nowackiej"} & set(forms_of_name("Nowacka"))
    assert {"Marka", "Markowi"} <= set(forms_of_name("Marek"))
    assert {"Silvas", "Silvy", "Silvę"} <= set(forms_of_name("Silva"))
    assert set(forms_of_name("Novo")) == {"Novo", "Novos"}
    assert list(forms_of_name("Li")) == ["Li"]
    assert list(forms_of_name("")) == []


def test_lists_of_names_are_fit() -> None:
    """The shipped lists have names of four languages, and none that is an ordinary word beside being a name."""
    names = read_names()
    assert {"Jennifer", "Jürgen", "Joaquín", "Małgorzata"} <= names.given
    assert {"Mr", "Frau", "Sra.", "panem"} <= names.titles
    assert len(names.given) > 700
    words = {"Mark", "Will", "Bill", "Rose", "Grace", "Hope", "May", "June", "April", "Jack", "Frank", "Art", "Victor"}
    words |= {"Roger", "Oscar", "Charlie", "Mike", "Juliet", "Romeo", "Echo", "Grant", "Rich", "Rob", "Sue", "Pat"}
    assert not words & names.given


@pytest.mark.parametrize(
    "part", ["a", "A", "1", "1 ", "a.", "+", "@", "a@", "A-", "(at)", "00", "1:", "Mr ", "Tel 0", "a-a'", "Anna ", "é"]
)
def test_time_is_linear(part: str) -> None:
    """Four times the text takes about four times as long, whatever it is made of: no pattern runs away."""
    scrubber = scrubber_of(PEOPLE)
    took = []
    for size in (20_000, 80_000):
        text = (part * size)[:size]
        started = time.process_time()
        scrubber.marks(text)
        took.append(time.process_time() - started)
    assert took[1] < 10 * took[0] + 0.5


def test_a_megabyte_is_marked_in_seconds() -> None:
    """The longest text that a record can hold is marked in a few seconds."""
    text = ("The trailer crept away from the dock at 14:20 as Stefan braked TRL-88, tel. 030 1234567. " * 12_000)[
        :1_000_000
    ]
    found = soon(15.0, lambda: scrubber_of(PEOPLE).marks(text))
    assert len(found) > 30_000


def narratives(folder: Path) -> list[str]:
    """Return what people wrote in the reports of SAFENET and ASRS, which their publishers freed of names."""
    texts = []
    for year in ("2003", "2012"):
        with (folder / "safenet" / f"SAFENET_{year}.csv").open(encoding="utf-8", errors="replace", newline="") as file:
            texts += [row["Narrative"] or "" for row in csv.DictReader(file, skipinitialspace=True)]
    with (folder / "asrs" / "ASRS_DBOnline.csv").open(encoding="utf-8", errors="replace", newline="") as file:
        rows = [row for row in csv.reader(file) if row]
    head = next(row for row in rows if row[0] == "ACN")
    told = [place for place, name in enumerate(head) if name in {"Narrative", "Callback", "Synopsis"}]
    return [*texts, *("\n".join(row[place] for place in told) for row in rows if len(row) == len(head))]


def test_few_false_alarms_in_real_narratives(shared_data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In a thousand real reports, freed of names by those who publish them, next to nothing is marked as sure."""
    texts = narratives(shared_data)
    scrubber = scrubber_of(None)
    counts: dict[tuple[str, bool], int] = {}
    for text in texts:
        for mark in scrubber.marks(text):
            counts[mark.kind, mark.sure] = counts.get((mark.kind, mark.sure), 0) + 1
    with capsys.disabled():
        print(f"\nscrubber: {len(texts)} narratives, {sum(map(len, texts))} characters: {counts}")  # noqa: T201 - the measure is told wherever the test runs
    assert len(texts) > 1_000
    assert sum(number for (_, sure), number in counts.items() if sure) <= 5
    assert sum(number for (kind, _), number in counts.items() if kind not in {"time", "place"}) <= len(texts) // 10
