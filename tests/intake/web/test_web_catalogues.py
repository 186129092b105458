"""The catalogues of the intake: what the public reads is in every language, and nothing is said beside them."""

from __future__ import annotations

import pytest

from nearmiss.render.languages import words_in
from tests.intake.web.catalogues import DESK, FOLDER, INTAKE
from tests.site.catalogues import ROOT, renewed, sentences, template_of, written
from tests.site.test_site_catalogues import words_beside

LANGUAGES = sorted(path.stem for path in (ROOT / FOLDER).glob("*.po"))
TEMPLATES = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "templates" / "intake").rglob("*.j2"))

FOR_MACHINES = frozenset(
    {
        "aria-invalid",
        "aria-describedby",
        "true",
        "fault",
        "h-",
        "e-",
        "save",
        "search",
        "remove",
        "add",
        "board",
        "list",
    }
)
"""What macros and expressions put into attributes that nobody reads or hears."""


def test_the_languages_of_the_form_are_those_that_a_register_gets() -> None:
    """English needs no catalogue; each other language that the rules of the intake begin with has one."""
    assert LANGUAGES == ["de", "es", "pl"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_that_the_public_reads_is_translated(language: str) -> None:
    """None is missing in any language, the terms of the vocabulary and the reasons for discarding among them."""
    said = words_in(language, [ROOT / "templates"], spoken_by="intake").messages

    public = [one for one in sentences(ROOT, INTAKE, language) if not one.file.startswith(DESK)]

    assert [one.forms[0] for one in public if (one.context, one.forms[0]) not in said] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalogue_is_written_as_the_program_writes_it(language: str) -> None:
    """`python -m tests.intake.web.catalogues` changes nothing: no sentence is new, and none is left over."""
    path = ROOT / FOLDER / f"{language}.po"
    template = template_of(sentences(ROOT, INTAKE, language))
    assert path.read_text(encoding="utf-8") == written(renewed(path, template), language=language)


def test_the_template_has_every_sentence_and_no_other() -> None:
    """It was written after the last sentence was changed."""
    told = (ROOT / FOLDER / "messages.pot").read_text(encoding="utf-8")
    assert told == written(template_of(sentences(ROOT, INTAKE)))


@pytest.mark.parametrize("name", TEMPLATES)
def test_templates_say_nothing_that_could_not_be_translated(name: str) -> None:
    """Every word of a template is in a sentence of the catalogues."""
    assert set(words_beside((ROOT / name).read_text(encoding="utf-8"))) <= FOR_MACHINES
