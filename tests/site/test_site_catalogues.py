"""The catalogues of words: whole, up to date, and with nothing said beside them."""

from __future__ import annotations

import io
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from jinja2 import Environment

from nearmiss.render.languages import words_in
from tests.site.catalogues import FOLDER, ROOT, main, renewed, sentences, template_of, written

CATALOGUES = sorted(path.stem for path in (ROOT / FOLDER).glob("*.po"))
SPOKEN = {"aria-label", "alt", "title", "placeholder", "content", "label", "value", "data-label"}
"""Attributes that somebody reads or hears."""

NAMES = frozenset({"A4", "Atom", "JSON", "CSV", "QR", "utf-8", "px"})
"""What is written alike in every language."""

_GAP = "\ufffc"
"""What stands for all that a template puts in."""


def test_the_template_has_every_sentence_and_no_other() -> None:
    """`python -m tests.site.catalogues` was run after the last sentence was changed."""
    assert (ROOT / FOLDER / "messages.pot").read_text(encoding="utf-8") == written(template_of(sentences()))


@pytest.mark.parametrize("language", CATALOGUES)
def test_each_sentence_is_translated(language: str) -> None:
    """No sentence is missing, unsure, untranslated or left over in a catalogue that comes with the program."""
    path = ROOT / FOLDER / f"{language}.po"
    with path.open("rb") as file:
        catalogue = read_po(file, locale=language, abort_invalid=True)
    expected = {(one.context, one.forms[0]) for one in sentences()}
    found = {(one.context or "", one.id if isinstance(one.id, str) else one.id[0]) for one in catalogue if one.id}
    assert found == expected
    assert not catalogue.obsolete
    assert [one.id for one in catalogue if one.id and one.fuzzy] == []
    words = words_in(language, [ROOT / "templates"])
    assert words.messages.keys() == expected


@pytest.mark.parametrize("language", CATALOGUES)
def test_a_catalogue_is_written_as_the_program_writes_it(language: str) -> None:
    """Renewing changes nothing in a catalogue that is up to date, so that changes read well."""
    path = ROOT / FOLDER / f"{language}.po"
    assert path.read_text(encoding="utf-8") == written(renewed(path, template_of(sentences())), language=language)


def test_renewing_keeps_what_is_translated_and_drops_what_is_said_no_more(tmp_path: Path) -> None:
    """A new sentence comes without a translation, a known one keeps its own, and an old one goes."""
    for folder in ("templates/site/languages", "workflow/nearmiss/site", "workflow/nearmiss/engine/indicators"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "templates/site/a.html.j2").write_text(
        "{{ _('Known') }}{{ ngettext('%(num)s new', '%(num)s new ones', 2) }}{{ pgettext('verb', 'Act') }}"
    )
    (tmp_path / "workflow/nearmiss/site/a.py").write_text("WORD = N_('Marked')\nwords.gettext('In code')\n")
    (tmp_path / "site").mkdir()
    (tmp_path / "site/mkdocs.yml").write_text("theme: {}\nnav:\n- Top: [{Below: a.md}]\n- b.md\n")
    path = tmp_path / "templates/site/languages/de.po"
    path.write_text('msgid "Known"\nmsgstr "Bekannt"\n\nmsgid "Old"\nmsgstr "Alt"\n')
    said = io.StringIO()
    main(tmp_path, said)
    text = path.read_text()
    assert 'msgid "Known"\nmsgstr "Bekannt"' in text
    assert 'msgid "%(num)s new"\nmsgid_plural "%(num)s new ones"\nmsgstr[0] ""\nmsgstr[1] ""' in text
    assert 'msgctxt "verb"\nmsgid "Act"' in text
    assert all(f'msgid "{one}"' in text for one in ("Marked", "In code", "Top", "Below"))
    assert "Old" not in text
    assert re.fullmatch(r"de\.po: \d+ sentences, \d+ to translate\n", said.getvalue())


def templates() -> list[str]:
    """Return the names of all templates that make pages."""
    found = (*(ROOT / "templates" / "site").rglob("*.j2"), *(ROOT / "site" / "theme").rglob("*.html"))
    return sorted({str(path.relative_to(ROOT)) for path in found})


def words_beside(source: str) -> list[str]:
    """Return the words that a template says by itself, outside of any sentence that could be translated."""
    pieces = []
    for _line, kind, value in Environment(extensions=["jinja2.ext.i18n"], autoescape=True).lex(source):
        if kind == "data":
            pieces.append(value)
        elif kind in {"variable_begin", "block_begin"}:
            pieces.append(_GAP)
    reader = _Reader()
    reader.feed(re.sub(f"(</?){_GAP}", r"\1span", "".join(pieces)))
    reader.close()
    return [word for word in re.findall(r"[^\W\d_][\w-]*", " ".join(reader.read)) if word not in NAMES]


class _Reader(HTMLParser):
    """Reads what a person would: the text between tags, and some attributes."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.read: list[str] = []
        self._quiet = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep what attributes say; take what is in a script or a style for what it is."""
        names = dict(attrs)
        spoken = SPOKEN - ({"content"} if tag != "meta" or names.get("name") != "description" else set())
        if tag in {"script", "style", "code"}:
            self._quiet = tag
        if tag == "option" or names.get("type") in {"hidden", "checkbox", "radio"}:
            spoken = spoken - {"value"}
        self.read += [value or "" for name, value in attrs if name in spoken]

    def handle_endtag(self, tag: str) -> None:
        """Listen again after a script."""
        if tag == self._quiet:
            self._quiet = ""

    def handle_data(self, data: str) -> None:
        """Keep text."""
        if not self._quiet:
            self.read.append(data)


@pytest.mark.parametrize("name", templates())
def test_templates_say_nothing_that_could_not_be_translated(name: str) -> None:
    """Every word of a template is in a sentence of the catalogues."""
    assert words_beside((ROOT / name).read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "source, found",
    [
        ("<p class='x'>{{ _('Fine') }}</p>", []),
        ("<p>Not fine {{ x }}</p>", ["Not", "fine"]),
        ('<p aria-label="Label {{ x }}">', ["Label"]),
        ("{% if x %}yes{% endif %}", ["yes"]),
        ("{# a remark #}<script>let word = 1</script><meta name='viewport' content='width'>", []),
        ('<meta name="description" content="Said"><input type="search" value="go">', ["Said", "go"]),
        ("&auml;&nbsp;· 12 – A4", ["ä"]),
    ],
)
def test_words_beside_sentences_are_found(source: str, found: list[str]) -> None:
    """What a reader would see or hear is found, and nothing else."""
    assert words_beside(source) == found
