"""Whatever is sent as a form or a file becomes a report that the models take, or a page that says what is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nearmiss.engine.intake.taking import judge_answers
from nearmiss.intake.reporting.answers import FIELDS, Asked, begun_by, read_report, typed_in
from nearmiss.policy.intake_rules import IntakeRules, Limits
from tests.engine.scene import found_scene
from tests.intake.web.hosting import Public, field_of, opened, public_of

ASKED = Asked(
    terms={
        "site": ["plant-2"],
        "area": ["shipping"],
        "location": ["dock-3"],
        "barrier": ["luck", "unknown"],
        "hazard": ["pressure"],
        "link-kind": ["equipment"],
    },
    modes=("confidential", "anonymous", "named"),
    today=date(2026, 11, 22),
    language="en",
)
LIKELY = ["", "yes", "no", "1", "plant-2", "shipping", "dock-3", "luck", "earlier", "now", "named", "anonymous"]
VALUES = st.one_of(
    st.sampled_from(
        [*LIKELY, "2026-11", "2026", "0000", "9999-99", "2026-11-31", "TRL-88", "\ud800", "\u202e", "\r\n"]
    ),
    st.text(max_size=40),
    st.text(alphabet=st.characters(categories=["Cc", "Cf", "Zl", "Zp", "Zs", "Lu"]), max_size=20),
)
FORMS = st.lists(st.tuples(st.sampled_from([*FIELDS, "strange"]), VALUES), max_size=25)


@settings(max_examples=150, deadline=None)
@given(FORMS)
def test_what_is_read_without_a_fault_is_a_report(given_fields: list[tuple[str, str]]) -> None:
    """The models find nothing in any answers that the form takes."""
    typed = typed_in([("made_safe", "yes"), ("mode", "confidential"), *given_fields, ("what_happened", "It fell.")])
    reading = read_report(typed, ASKED)

    if not reading.faults:
        assert judge_answers(reading.answers, mode=reading.mode, policy=None, today=ASKED.today) == []
    assert set(reading.faults) <= {*FIELDS}


@settings(max_examples=100, deadline=None)
@given(FORMS)
def test_a_scanned_code_brings_terms_and_a_plain_number_only(said: list[tuple[str, str]]) -> None:
    """Of an address only what the vocabulary knows, and a number without any sign that means something, is shown."""
    typed = begun_by(said, ASKED)

    assert typed["site"] in {"", "plant-2"}
    assert typed["what_happened"] == ""
    assert not set(typed["equipment"]) & set("<>\"'&\n")


@pytest.fixture(scope="module")
def public(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Public]:
    """Return the pages of everybody, which take as much as is sent."""
    place = tmp_path_factory.mktemp("fuzzed")
    scene = found_scene(place / "register")
    limits = Limits(reports_per_minute=1_000_000, largest_request_bytes=200_000)
    with public_of(scene, Path(place / "place"), rules=IntakeRules(limits=limits)) as made:
        yield made
    scene.close()


HEADS = [b"", b"\xff\xd8\xff\xe0\x00\x10JFIF", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"%PDF-1.7\n", b"PK\x03\x04", b"RIFF"]
FILES = st.lists(
    st.tuples(
        st.one_of(st.text(max_size=30), st.sampled_from(["../../etc/passwd", "a.jpg\r\nX: y", "con.csv", "x" * 3000])),
        st.builds(bytes.__add__, st.sampled_from(HEADS), st.binary(max_size=300)),
        st.sampled_from(["image/jpeg", "text/html", "application/pdf", "", "image/svg+xml"]),
    ),
    max_size=8,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(FORMS, FILES)
def test_no_form_and_no_file_breaks_the_server(
    public: Public, given_fields: list[tuple[str, str]], files: list[tuple[str, bytes, str]]
) -> None:
    """Every answer is a page of ours: taken, or sent back with what was typed."""
    browser = public.browser()
    fields: dict[str, Any] = {**opened(browser), "made_safe": "yes", "what_happened": "It fell."}
    fields |= {name: value.encode("utf-8", "replace") for name, value in given_fields}

    answer = browser.post("/report", data=fields, files=[("files", one) for one in files] or [("files", ("", b"", ""))])

    assert answer.status_code in {200, 400, 422}, answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.binary(max_size=400), st.sampled_from(["multipart/form-data; boundary=x", "multipart/form-data", "text/plain"])
)
def test_no_body_breaks_the_server(public: Public, body: bytes, kind: str) -> None:
    """What is no form at all is refused with a page."""
    browser = public.browser()
    mark = field_of(browser.get("/").text, "csrf")
    head = f'--x\r\nContent-Disposition: form-data; name="csrf"\r\n\r\n{mark}\r\n--x\r\n'.encode()

    answer = browser.post("/report", content=head + body, headers={"content-type": kind})

    assert answer.status_code in {400, 403, 422}
    assert "<h1" in answer.text
