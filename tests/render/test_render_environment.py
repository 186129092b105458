"""The template environment: where templates come from, what is escaped, and what a broken one says."""

from __future__ import annotations

from pathlib import Path

import pytest

from nearmiss.render.environment import Renderer, TemplateBrokenError, TemplateMissingError, as_words

VOCABULARY = {"hazard": {"fall": {"label": {"en": "Fall", "de": "Sturz"}}}}


def write(folder: Path, name: str, text: str) -> Path:
    """Write a template and return its folder."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return folder


def test_the_first_folder_wins_and_the_others_fill_in(tmp_path: Path) -> None:
    """An instance's template replaces the shipped one of the same name; all others stay."""
    own = write(tmp_path / "own", "a.html.j2", "own")
    shipped = write(write(tmp_path / "shipped", "a.html.j2", "shipped"), "b.html.j2", "shipped b")
    renderer = Renderer([own, shipped])
    assert (renderer.render("a.html.j2"), renderer.render("b.html.j2")) == ("own", "shipped b")


@pytest.mark.parametrize("name", ["page.html.j2", "page.md.j2", "page.html", "page"])
def test_html_and_markdown_are_escaped(tmp_path: Path, name: str) -> None:
    """Whatever may end up as HTML is escaped."""
    assert Renderer([write(tmp_path, name, "{{ text }}")]).render(name, text="<b>") == "&lt;b&gt;"


@pytest.mark.parametrize("name", ["record.yaml.j2", "letter.txt.j2", "ci.yml"])
def test_yaml_and_plain_text_are_not_escaped(tmp_path: Path, name: str) -> None:
    """Escaping would spoil what is not HTML."""
    assert Renderer([write(tmp_path, name, "{{ text }}\n")]).render(name, text="<b> & c") == "<b> & c\n"


def test_text_of_records_is_never_a_template(tmp_path: Path) -> None:
    """Braces in data stay braces, also after a second pass through a filter."""
    folder = write(tmp_path, "a.html.j2", "{{ text }}|{{ text | line }}|{{ text | paragraphs }}")
    assert Renderer([folder]).render("a.html.j2", text="{{ 7*7 }}{% x %}") == (
        "{{ 7*7 }}{% x %}|{{ 7*7 }}{% x %}|<p>{{ 7*7 }}{% x %}</p>"
    )


def test_the_filters_speak_in_words(tmp_path: Path) -> None:
    """Dates, levels and terms have filters; labels come from the renderer's vocabulary and language."""
    template = (
        "{{ '2026-11-21' | date_in_words }}, {{ '2026-11-21' | month_in_words }}, {{ 'high' | level }}, "
        "{{ 'fall' | label('hazard') }}, {{ 'x-y' | label('hazard') }}"
    )
    renderer = Renderer([write(tmp_path, "a.txt.j2", template)], vocabulary=VOCABULARY, language="de")
    assert renderer.render("a.txt.j2") == "21. November 2026, November 2026, High, Sturz, X y"


def test_a_missing_template_names_the_folders(tmp_path: Path) -> None:
    """The error says which template was looked for and where."""
    with pytest.raises(TemplateMissingError, match=r"gone\.html\.j2 is in none of: .*templates"):
        Renderer([tmp_path / "templates"]).render("gone.html.j2")


def test_a_missing_include_is_named(tmp_path: Path) -> None:
    """It is the missing template that is named, not the one that asked for it."""
    folder = write(tmp_path, "a.html.j2", "{% include 'inner.html.j2' %}")
    with pytest.raises(TemplateMissingError, match=r"inner\.html\.j2"):
        Renderer([folder]).render("a.html.j2")


def test_a_broken_template_names_its_line(tmp_path: Path) -> None:
    """A syntax error is told with its line and what to do."""
    folder = write(tmp_path, "a.html.j2", "fine\n{% if %}")
    with pytest.raises(TemplateBrokenError, match=r"a\.html\.j2, line 2") as caught:
        Renderer([folder]).render("a.html.j2")
    assert "templates/" in caught.value.hint


def test_a_template_that_expects_other_data_is_named(tmp_path: Path) -> None:
    """One of somebody's own, which an earlier version of the program gave something else, is no fault of ours."""
    folder = write(tmp_path, "a.html.j2", "{% for name, number in years %}{{ name }}{% endfor %}")
    with pytest.raises(TemplateBrokenError, match=r"a\.html\.j2 cannot be rendered") as caught:
        Renderer([folder]).render("a.html.j2", years=[1])
    assert "remove it there" in caught.value.hint


def test_a_template_that_is_no_text_is_named(tmp_path: Path) -> None:
    """Letters that another program saved in its own way are told, with the file, also before any page is made."""
    folder = write(tmp_path, "site/a.html.j2", "")
    (folder / "site/a.html.j2").write_bytes("Größe".encode("latin-1"))
    for use in (Renderer([folder]).sources, lambda: Renderer([folder]).render("site/a.html.j2")):
        with pytest.raises(
            TemplateBrokenError, match=r"site/a\.html\.j2 cannot be rendered: it is not written in UTF-8\."
        ):
            use()


def test_what_a_template_asks_for_must_be_there(tmp_path: Path) -> None:
    """A misspelt name is an error, not an empty place on a page."""
    folder = write(tmp_path, "a.html.j2", "{{ lessson }}")
    with pytest.raises(TemplateBrokenError, match="'lessson' is undefined"):
        Renderer([folder]).render("a.html.j2")


@pytest.mark.parametrize(
    "template",
    [
        "{{ cycler.__init__.__globals__.os.getcwd() }}",
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ words.append('more') }}",
    ],
)
def test_a_template_reaches_nothing_of_python(tmp_path: Path, template: str) -> None:
    """A template can neither get at the machine nor change what it is given."""
    words = ["a"]
    with pytest.raises(TemplateBrokenError, match=r"unsafe|not safely callable|undefined"):
        Renderer([write(tmp_path, "a.txt.j2", template)]).render("a.txt.j2", words=words)
    assert words == ["a"]


SHOUT = "{% macro shout(words) %}[{{ words }}]{% endmacro %}"
SAID = [
    ("{{ _('Do <b>') }}", "Do &lt;b&gt;"),
    ("{% set said = _('Do <b>') %}{{ said }}{{ '<i>' }}", "Do &lt;b&gt;&lt;i&gt;"),
    ("{% for _ in ['<i>'] %}{{ _ }}{% endfor %}{{ _('Lesson') }}", "&lt;i&gt;Lesson"),
    (SHOUT + "{% macro say(_) %}{{ _('<b>') }}{% endmacro %}{{ say(shout) }}", "[&lt;b&gt;]"),
    (SHOUT + "{{ _('one') }}{% set _ = shout %}{{ _('two') }}", "one[two]"),
    ("{% if false %}{{ _('50 % off') }}{% endif %}{{ _('50 %% off') }}", "50 % off"),
    ("{% autoescape false %}{{ _('<b>') }}{{ '<i>' }}{% endautoescape %}{{ '<i>' }}", "<b><i>&lt;i&gt;"),
    (
        "{{ _('Lesson %(id)s', id='<i>') }}{{ text | line }}{{ text | paragraphs }}",
        "Lesson &lt;i&gt;*b*<p><em>b</em></p>",
    ),
]


@pytest.mark.parametrize("template, expected", SAID)
def test_a_template_says_the_same_however_it_is_compiled(tmp_path: Path, template: str, expected: str) -> None:
    """A sentence is said, and a value escaped, as if nothing were found out ahead; a name may mean something else."""
    renderer = Renderer([write(tmp_path, "a.html.j2", template)])
    assert renderer.render("a.html.j2", text="*b*") == expected


def test_an_odd_percent_sign_is_said_where_the_sentence_is(tmp_path: Path) -> None:
    """What cannot be said when a template is compiled is refused when the page is rendered."""
    with pytest.raises(TemplateBrokenError, match="50 % off"):
        Renderer([write(tmp_path, "a.html.j2", "{{ _('50 % off') }}")]).render("a.html.j2")


def test_words_are_escaped_once_whether_or_not_a_template_escapes() -> None:
    """What is words already stays as it is: a frame that escapes, and one that does not, put in the same."""
    assert as_words('<b> & "c"') == as_words(as_words('<b> & "c"')) == "&lt;b&gt; &amp; &#34;c&#34;"
