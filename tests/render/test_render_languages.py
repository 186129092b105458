"""Sentences, dates and numbers in other languages: catalogues, what they may hold, and how templates use them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nearmiss.render.catalogues import MOST_BYTES, CatalogueError
from nearmiss.render.environment import Renderer, TemplateBrokenError
from nearmiss.render.languages import ENGLISH, Words, has_words, words_in

HEAD = """msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

"""
LESSONS = """msgid "%(num)s lesson"
msgid_plural "%(num)s lessons"
msgstr[0] "eine Lehre"
msgstr[1] "%(num)s Lehren"

"""


def catalogue(folder: Path, language: str, *entries: str, head: str = HEAD) -> Path:
    """Write a catalogue and return the folder of templates that it lies in."""
    path = folder / "site" / "languages" / f"{language}.po"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(head + "\n".join(entries), encoding="utf-8")
    return folder


def entry(sentence: str, translation: str) -> str:
    """Return one message."""
    return f'msgid "{sentence}"\nmsgstr "{translation}"\n'


def rendered(folder: Path, template: str, /, *, name: str = "a.html.j2", language: str = "de", **data: object) -> str:
    """Render a template with the catalogues of the folder."""
    (folder / name).write_text(template, encoding="utf-8")
    return Renderer([folder], language=language).render(name, **data)


def test_sentences_are_said_in_the_language_and_fall_back_on_english(tmp_path: Path) -> None:
    """What the catalogue has is translated, with its places filled; the rest stays as it stands."""
    words = words_in("de", [catalogue(tmp_path, "de", entry("By %(who)s", "Von %(who)s"), LESSONS)])
    assert words.gettext("By %(who)s", who="uns") == "Von uns"
    assert words.gettext("100 %% new, by %(who)s", who="us") == "100 % new, by us"
    assert [words.ngettext("%(num)s lesson", "%(num)s lessons", number) for number in (0, 1, 2, 1500)] == [
        "0 Lehren",
        "eine Lehre",
        "2 Lehren",
        "1.500 Lehren",
    ]
    assert [words.ngettext("%(num)s day", "%(num)s days", number) for number in (1, 2)] == ["1 day", "2 days"]


def test_a_context_tells_equal_sentences_apart(tmp_path: Path) -> None:
    """The same English word may have two translations."""
    entries = ('msgctxt "month"\n' + entry("May", "Mai"), entry("May", "Darf"))
    words = words_in("de", [catalogue(tmp_path, "de", *entries)])
    assert (words.pgettext("month", "May"), words.gettext("May"), words.pgettext("verb", "May")) == (
        "Mai",
        "Darf",
        "May",
    )


def test_the_first_folder_wins_sentence_by_sentence(tmp_path: Path) -> None:
    """A register's own catalogue rewords what it has, in English too, and the shipped one says the rest."""
    shipped = catalogue(tmp_path / "shipped", "de", entry("One", "Eins"), entry("Two", "Zwei"))
    own = catalogue(tmp_path / "own", "de", entry("One", "Ains"))
    catalogue(tmp_path / "own", "en", entry("Lessons", "Learnings"))
    german, english = words_in("de", [own, shipped]), words_in("en", [own, shipped])
    assert (german.gettext("One"), german.gettext("Two"), german.gettext("Lessons")) == ("Ains", "Zwei", "Lessons")
    assert (english.gettext("Lessons"), english.gettext("One")) == ("Learnings", "One")


def test_a_region_takes_from_its_language(tmp_path: Path) -> None:
    """`de-AT` says what it has of its own, and the rest as `de` does, whichever folder has it."""
    own = catalogue(tmp_path / "own", "de", entry("January", "Januar"), entry("May", "Mai"))
    shipped = catalogue(tmp_path / "shipped", "de-AT", entry("January", "Jänner"))
    words = words_in("de-AT", [own, shipped])
    assert (words.gettext("January"), words.gettext("May"), words.month("2026-01")) == (
        "Jänner",
        "Mai",
        "Jänner 2026",
    )


def test_a_register_may_bring_a_language_of_its_own(tmp_path: Path) -> None:
    """A catalogue is all that a language needs; its forms are those that the language has, whatever the head says."""
    polish = (
        'msgid "%(num)s lesson"\nmsgid_plural "%(num)s lessons"\n'
        'msgstr[0] "%(num)s a"\nmsgstr[1] "%(num)s b"\nmsgstr[2] "%(num)s c"\n'
    )
    folder = catalogue(tmp_path, "pl", polish, head=HEAD.replace("nplurals=2; plural=(n != 1)", "nplurals=3; plural=0"))
    words = words_in("pl", [folder])
    said = [words.ngettext("%(num)s lesson", "%(num)s lessons", number) for number in (1, 2, 5, 22)]
    assert said == ["1 a", "2 b", "5 c", "22 b"]


def test_whether_a_language_is_there_can_be_asked(tmp_path: Path) -> None:
    """English always is; another where it, or the language that it is a kind of, has a catalogue."""
    folder = catalogue(tmp_path, "de", entry("One", "Eins"))
    known = [has_words(language, [folder]) for language in ("en", "en-GB", "de", "de-AT", "fr", "../de", "")]
    assert known == [True, True, True, True, False, False, False]


@pytest.mark.parametrize("language", ["../../de", "DE/x", "", "x" * 50, "de.po"])
def test_an_odd_name_of_a_language_reaches_no_file(tmp_path: Path, language: str) -> None:
    """Where the name is not that of a language, the words are English."""
    assert words_in(language, [catalogue(tmp_path, "de", entry("One", "Eins"))]) == Words()


@pytest.mark.parametrize(
    "language, day, month, number, small, share, several",
    [
        ("en", "5 March 2026", "March 2026", "12,345.5", "0.25", "12.5 %", "a, b and c"),
        ("de", "5. März 2026", "März 2026", "12.345,5", "0,25", "12,5 %", "a, b und c"),
        ("fr", "5 mars 2026", "mars 2026", "12\u202f345,5", "0,25", "12,5 %", "a, b et c"),
        ("xx", "5 March 2026", "March 2026", "12,345.5", "0.25", "12.5 %", "a, b and c"),
        ("de-xx", "5. März 2026", "März 2026", "12.345,5", "0,25", "12,5 %", "a, b und c"),
    ],
)
def test_dates_and_numbers_are_written_as_people_there_do(
    language: str, day: str, month: str, number: str, small: str, share: str, several: str
) -> None:
    """Dates keep their precision; a language that nobody knows is written as English."""
    words = Words(language=language)
    assert (words.date("2026-03-05"), words.date("2026-03"), words.month("2026-03-05")) == (day, month, month)
    assert (words.number(12345.5), words.number(0.25), words.percent(12.5)) == (number, small, share)
    assert words.listed(["a", "b", "c"]) == several


@pytest.mark.parametrize("text", ["2026", "soon", "2026-13-01", "2026-02-31", "0000-01-01", "", "redacted"])
def test_what_is_no_date_is_left_alone(text: str) -> None:
    """A year alone stays a year, and an impossible day what it is."""
    assert (ENGLISH.date(text), Words(language="de").date(text)) == (text, text)


def test_templates_say_sentences_in_each_way(tmp_path: Path) -> None:
    """Functions and blocks give the same, with numbers spelt as the language does."""
    folder = catalogue(
        tmp_path,
        "de",
        entry("All lessons", "Alle Lehren"),
        'msgctxt "verb"\n' + entry("Act", "Handeln"),
        'msgctxt "short"\n' + LESSONS.replace("Lehren", "L."),
        LESSONS,
        entry("Read %(id)s now.", "Jetzt %(id)s lesen."),
    )
    template = (
        "{{ _('All lessons') }}|{{ gettext('All lessons') }}|{{ pgettext('verb', 'Act') }}|"
        "{{ ngettext('%(num)s lesson', '%(num)s lessons', 2000) }}|"
        "{{ npgettext('short', '%(num)s lesson', '%(num)s lessons', 2000) }}|"
        "{% trans id=one %}Read {{ id }} now.{% endtrans %}|"
        "{% trans num=1 %}{{ num }} lesson{% pluralize %}{{ num }} lessons{% endtrans %}|{{ language }}|"
        "{{ 1500 | number }}|{{ 12.5 | percent }}"
    )
    expected = "Alle Lehren|Alle Lehren|Handeln|2.000 Lehren|2.000 L.|Jetzt N lesen.|eine Lehre|de|1.500|12,5 %"
    assert rendered(folder, template, one="N") == expected
    assert rendered(folder, template, name="a.txt.j2", one="N") == expected


def test_the_months_of_the_filters_are_those_of_the_language(tmp_path: Path) -> None:
    """Filters say dates, levels and what is withheld in the language, too."""
    folder = catalogue(tmp_path, "de", entry("withheld", "zurückgehalten"), entry("High", "Hoch"))
    template = (
        "{{ '2026-03-05' | date_in_words }}|{{ '2026-03-05' | month_in_words }}|{{ 'redacted' | date_in_words }}|"
        "{{ 'high' | level }}|{{ 'redacted' | label('hazard') }}|{{ 'redacted' | line }}|{{ 'redacted' | paragraphs }}"
    )
    withheld = '<span class="nm-withheld">zurückgehalten</span>'
    said = f"5. März 2026|März 2026|zurückgehalten|Hoch|zurückgehalten|{withheld}|<p>{withheld}</p>"
    assert rendered(folder, template) == said


def test_a_translation_is_text_and_never_html(tmp_path: Path) -> None:
    """Whatever a catalogue holds is escaped, and so are the values in it; the template's own HTML stays."""
    hostile = "<script>alert(1)</script> %(link)s {{ 7*7 }} & 'x'"
    folder = catalogue(tmp_path, "de", entry("Read %(link)s", hostile), entry("Fine", '\\" onload=\\"x'))
    template = (
        "{% set link %}<a href='x'>{{ who }}</a>{% endset %}{{ _('Read %(link)s', link=link) }}"
        "|{{ _('Read %(link)s', link=who) }}|<p title=\"{{ _('Fine') }}\">"
    )
    escaped = "&lt;script&gt;alert(1)&lt;/script&gt; {} {{{{ 7*7 }}}} &amp; &#39;x&#39;"
    assert rendered(folder, template, who="<b>") == "|".join(
        [
            escaped.format("<a href='x'>&lt;b&gt;</a>"),
            escaped.format("&lt;b&gt;"),
            '<p title="&#34; onload=&#34;x">',
        ]
    )


def test_what_nobody_sees_is_taken_out_of_translations(tmp_path: Path) -> None:
    """Marks that turn the reading direction, and controls, never reach a page."""
    folder = catalogue(tmp_path, "de", entry("One", "Ei\u202ens\x07\u2066"))
    assert words_in("de", [folder]).gettext("One") == "Ei ns  "


@pytest.mark.parametrize(
    "template, reason",
    [
        ("{{ _('By %(who)s') }}", r"nothing is given for %\(who\)s"),
        ("{{ _('100 % sure') }}", "neither a place"),
        ("{{ _('100 %d', d=1) }}", "neither a place"),
    ],
)
def test_a_template_that_fills_no_place_is_named(tmp_path: Path, template: str, reason: str) -> None:
    """A sentence with an open place, or a percent sign that is none, is an error of the template."""
    with pytest.raises(TemplateBrokenError, match=reason):
        rendered(tmp_path, template)


@pytest.mark.parametrize(
    "entries, reason",
    [
        (entry("By %(who)s", "Von %(wer)s"), r"line 6: .*By %\(who\)s.* has other places"),
        (entry("By %(who)s", "Von"), "has other places"),
        (entry("By", "Von %(who)s"), "has other places"),
        (entry("By", "Von %s"), "neither a place"),
        (entry("By", "100 %"), "neither a place"),
        (entry("By %(who)s", "%(who)d %(who)s"), "neither a place"),
        (entry("By %(who)s", "%(who)s %(who)99999999s"), "neither a place"),
        (entry("By %(who)s", "%%(who)s"), "has other places"),
        (LESSONS.replace("%(num)s Lehren", "%(n)s Lehren"), "has other places"),
        (LESSONS.replace("%(num)s lesson", "%(num)s %(a)s lesson"), "has other places"),
        ('msgid "a"\nmsgid_plural "b"\nmsgstr[0] "x"\nmsgstr[1] "y"\nmsgstr[2] "z"\n', "line .*cannot be read"),
        ('msgid "a"\nmsgid_plural "b"\nmsgstr[x] "x"\n', "cannot be read"),
        ("nonsense\n", "line 6: it cannot be read"),
        ('msgid "a"\n', "cannot be read"),
    ],
)
def test_a_broken_catalogue_is_told_with_its_file_and_line(tmp_path: Path, entries: str, reason: str) -> None:
    """A translation that would break a page is refused, with where it stands and what to do."""
    with pytest.raises(CatalogueError, match=reason) as caught:
        words_in("de", [catalogue(tmp_path, "de", entries)])
    assert "de.po" in caught.value.message
    assert "Mend it" in caught.value.hint


@pytest.mark.parametrize(
    "data, reason",
    [
        (b"\xff\xfe", "line 1: it is not written in UTF-8"),
        (b"\n\n\xff", "line 3: it is not written in UTF-8"),
        (b"#" * (MOST_BYTES + 1), "is larger than 2,000,000 bytes"),
        (b'msgid ""\nmsgstr "Plural-Forms: nplurals=999999999; plural=0;\\n"\n', "no language has that many forms"),
        (b'msgid ""\nmsgstr "POT-Creation-Date: yesterday\\n"\n', "it cannot be read"),
        (
            b'msgid ""\nmsgstr "Plural-Forms: nplurals=1; plural=0;\\n"\nmsgid "a"\nmsgid_plural "b"\nmsgstr[0] "x"\n',
            "1 forms",
        ),
    ],
)
def test_a_hostile_file_is_refused(tmp_path: Path, data: bytes, reason: str) -> None:
    """Neither its bytes nor its head bring the program down."""
    folder = catalogue(tmp_path, "de")
    (folder / "site" / "languages" / "de.po").write_bytes(data)
    with pytest.raises(CatalogueError, match=reason):
        words_in("de", [folder])


def test_what_is_unsure_or_empty_is_not_said(tmp_path: Path) -> None:
    """A fuzzy translation and an empty one count as none, and so does one that is no longer used."""
    folder = catalogue(
        tmp_path, "de", "#, fuzzy\n" + entry("One", "Zwei?"), entry("Two", ""), '#~ msgid "T"\n#~ msgstr "D"\n'
    )
    words = words_in("de", [folder])
    assert [words.gettext(one) for one in ("One", "Two", "T")] == ["One", "Two", "T"]


def test_a_changed_catalogue_is_read_anew(tmp_path: Path) -> None:
    """What is kept in memory is what the file says now."""
    words_in("de", [catalogue(tmp_path, "de", entry("One", "Eins"))])
    assert words_in("de", [catalogue(tmp_path, "de", entry("One", "Ains"))]).gettext("One") == "Ains"


LINES = st.lists(
    st.sampled_from(
        [
            'msgid "a"',
            'msgid ""',
            'msgid "%(x)s"',
            'msgid_plural "b"',
            'msgstr "c"',
            'msgstr[0] "d"',
            "msgstr[1] e",
            'msgstr[-1] "f"',
            'msgctxt "g"',
            '"Plural-Forms: nplurals=x; plural=n/0;\\n"',
            '"Language: %%\\n"',
            '"Content-Type: text/plain; charset=klingon\\n"',
            "#, fuzzy",
            "#: a:b:c \u2068x",
            "#~ msgid",
            '"\\',
            "msgid",
            "",
        ]
    ),
    max_size=12,
)


@given(LINES)
def test_any_lines_are_a_catalogue_or_refused(tmp_path_factory: pytest.TempPathFactory, lines: list[str]) -> None:
    """Whatever lines a file has, it is read or refused in a sentence."""
    folder = catalogue(tmp_path_factory.getbasetemp(), "de", "\n".join(lines), head="")
    try:
        words = words_in("de", [folder])
    except CatalogueError:
        return
    assert all(len(forms) in {1, 2} for forms in words.messages.values())
