"""The site in other languages: whole, with nothing left in English, and each text marked with the language it is in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from babel.messages.pofile import read_po
from mkdocs.config import load_config

from nearmiss.render.languages import Words, words_in
from nearmiss.site.build import SiteBuildError, build_site
from nearmiss.site.configured import language_of, page_in, say_in, theme_language
from tests.policy.builder import rules
from tests.site.building import copy_site, day
from tests.site.catalogues import FOLDER, ROOT, written
from tests.site.conftest import Build, MakeData, MakeRecord
from tests.site.planted_register import Making, fill, lay_down, planted_world
from tests.site.planting import Bed

OPENED, CLOSED = "\u27e6", "\u27e7"
"""What stands around every sentence of the language that is made up here."""

MADE_UP = "eo"
"""The language that nobody has translated the site into, and the theme has words of."""

SPOKEN = ("aria-label", "alt", "title", "placeholder", "aria-description", "aria-roledescription", "data-label")
SILENT = {"script", "style", "code", "noscript"}
TOKEN = re.compile(r"zq[0-9]{4}x")
ID = re.compile(r"\bNM-[0-9]{4}-[0-9A-Z]{5}\b")
NAMES = frozenset({"logo"})
"""What the theme says alike in every language."""
LETTERS = re.compile(r"[^\W\d_]{2,}")


@dataclass(frozen=True, kw_only=True)
class Spoken:
    """What a page says: the text between its tags in one row, what attributes say, and each text in a drawing."""

    language: str
    title: str
    text: str
    attributes: tuple[str, ...]
    drawn: tuple[str, ...] = ()

    @property
    def words(self) -> tuple[str, ...]:
        """All that it says but for drawings."""
        return self.text, self.title, *self.attributes


class _Reader(HTMLParser):
    """Reads what a person would see or hear."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self.attributes: list[str] = []
        self.drawn: list[str] = []
        self.language = self.title = ""
        self._quiet: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what attributes say, and where nothing is said."""
        names = dict(attrs)
        if tag == "html":
            self.language = names.get("lang") or ""
        if tag in SILENT or (tag in {"title", "text"} and not self._quiet):
            self._quiet.append(tag)
            self.drawn += [""] if tag == "text" else []
        said = [*SPOKEN, *(["content"] if names.get("name") == "description" else [])]
        self.attributes += [names[name] or "" for name in said if name in names]

    def handle_endtag(self, tag: str) -> None:
        """Listen again."""
        if self._quiet and self._quiet[-1] == tag:
            self._quiet.pop()

    def handle_data(self, data: str) -> None:
        """Keep text."""
        if not self._quiet:
            self.pieces.append(data)
        elif self._quiet[-1] == "text":
            self.drawn[-1] += f" {data}"
        elif self._quiet[-1] == "title":
            self.title += data


def spoken(page: Path) -> Spoken:
    """Read a page."""
    reader = _Reader()
    reader.feed(page.read_text(encoding="utf-8"))
    reader.close()
    text = "\n".join(reader.pieces)
    return Spoken(
        language=reader.language,
        title=reader.title,
        text=text,
        attributes=tuple(reader.attributes),
        drawn=tuple(reader.drawn),
    )


def beside_sentences(text: str, *, may_be_cut: bool = False) -> list[str]:
    """Return the lines of a text that stand in no sentence of the made-up language; drawings cut long texts short."""
    depth, kept = 0, []
    for piece in re.split(f"([{OPENED}{CLOSED}])", text):
        if piece == OPENED:
            depth += 1
        elif piece == CLOSED:
            depth -= 1
        elif depth == 0:
            kept.append(piece)
    assert depth == 0 or may_be_cut, text
    lines = (line.strip() for line in "".join(kept).split("\n"))
    return [line for line in lines if LETTERS.search(ID.sub("", line)) and not TOKEN.search(line)]


def made_up_catalogue() -> str:
    """Return a catalogue in which each sentence is itself, between brackets."""
    with (ROOT / FOLDER / "messages.pot").open("rb") as file:
        catalogue = read_po(file, locale=MADE_UP)
    for message in catalogue:
        if message.id:
            forms = message.id if isinstance(message.id, tuple) else (message.id,)
            said = tuple(f"{OPENED}{form}{CLOSED}" for form in forms)
            message.string = said if len(said) > 1 else said[0]
    return written(catalogue, language=MADE_UP)


def in_language(root: Path, language: str) -> None:
    """Let the site of a register speak a language."""
    path = root / "site" / "mkdocs.yml"
    path.write_text(re.sub(r"\n  language: en\n", f"\n  language: {language}\n", path.read_text("utf-8")), "utf-8")


@pytest.fixture(scope="module")
def made_up(tmp_path_factory: pytest.TempPathFactory, repo_root: Path) -> Mapping[str, Spoken]:
    """The pages of a register with a record of every kind, in the made-up language."""
    root = tmp_path_factory.mktemp("made-up") / "register"
    bed = Bed()
    making = Making(planted_world(bed), bed)
    fill(making)
    clock = lay_down(making, root)
    copy_site(repo_root, root)
    catalogue = root / FOLDER / f"{MADE_UP}.po"
    catalogue.parent.mkdir(parents=True)
    catalogue.write_text(made_up_catalogue(), "utf-8")
    in_language(root, MADE_UP)
    _write_pages(root / "site")
    with day(clock):
        folder = build_site(root, strict=False).parent
    return {path.relative_to(folder).as_posix(): spoken(path) for path in sorted(folder.rglob("*.html"))}


def _write_pages(site: Path) -> None:
    """Write the hand-written pages in the made-up language: the parts that they ask for, below a title."""
    for page in (site / "docs").rglob("*.md"):
        parts = re.findall(r"<!-- nearmiss: [a-z-]+ -->", page.read_text("utf-8"))
        target = site / "languages" / MADE_UP / page.relative_to(site / "docs")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(f"# {OPENED}Page{CLOSED}\n\n" + "\n\n".join(parts) + "\n", "utf-8")


def labels() -> frozenset[str]:
    """Return what policy and vocabulary say: it has labels of its own in each language, and none in this one."""
    said = rules()
    return frozenset(_labels(said))


def _labels(said: Any) -> Iterator[str]:
    if isinstance(said, dict):
        for key, value in said.items():
            if key in {"label", "help"} and isinstance(value, dict):
                yield from value.values()
            else:
                yield from _labels(value)
    elif isinstance(said, list):
        for one in said:
            yield from _labels(one)


def words_of_the_theme() -> frozenset[str]:
    """Return what the theme says in the made-up language by itself."""
    [theme] = find_spec("material").submodule_search_locations  # type: ignore[union-attr,misc]  # it is installed
    path = Path(theme) / "templates" / "partials" / "languages"
    said = (path / f"{MADE_UP}.html").read_text("utf-8") + (path / "en.html").read_text("utf-8")
    return frozenset(re.findall(r': "(.*?)",?\n', said))


def months() -> frozenset[str]:
    """Return the months that the register knows, as this language says them."""
    language = Words(language=MADE_UP)
    return frozenset(language.month(f"{year}-{month:02}") for year in range(2024, 2031) for month in range(1, 13))


def test_every_word_of_every_page_can_be_translated(made_up: Mapping[str, Spoken]) -> None:
    """Whatever a reader sees or hears is of a record, of the policy, of the theme, or in a sentence of a catalogue."""
    known = labels() | words_of_the_theme() | NAMES | months()
    left = {
        (re.sub(r"NM-.*", "…", path), line)
        for path, page in made_up.items()
        if not path.startswith(FOR_REPORTERS)
        for text, in_drawing in (*((one, False) for one in page.words), *((one, True) for one in page.drawn))
        for line in beside_sentences(text, may_be_cut=in_drawing)
        if line not in known and re.sub(r"^\w ", "", line) not in known  # steps and bands are numbered in the matrix
    }
    assert sorted(left) == []


def test_pages_say_which_language_they_are_in(made_up: Mapping[str, Spoken]) -> None:
    """Screen readers read each page in the voice of its language."""
    assert {page.language for page in made_up.values()} == {MADE_UP}


FOR_REPORTERS = "how-we-protect-you"
"""Pages in the languages of the form, whatever the site speaks; tests of the intake look at their words."""

GERMAN_PAGES = ("index.html", "how-to-report.html", "what-a-near-miss-is.html", "anonymity.html")


def english_sentences() -> frozenset[str]:
    """Return what is said otherwise in German, where it has no places."""
    german = words_in("de", [ROOT / "templates"])
    whole = (sentence for _, sentence in german.messages if "%" not in sentence)
    return frozenset(sentence for sentence in whole if german.gettext(sentence) != sentence)


def test_a_german_site_says_nothing_in_english(
    build: Build, instance: Path, make_data: MakeData, make_record: MakeRecord
) -> None:
    """With `theme.language: de`, no English sentence is left on any page, and the theme speaks German too."""
    in_language(instance, "de")
    folder = build(make_data(make_record(), make_record(id="NM-2026-7QTSW", report__lang="de"), rules=rules()))
    found = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*.html")}
    pages = {name: spoken(path) for name, path in found.items() if not name.startswith(f"{FOR_REPORTERS}/")}
    english = english_sentences()
    said = {
        path: {page.title, *page.attributes, *(line.strip() for line in page.text.split("\n"))}
        for path, page in pages.items()
    }
    assert {path: sorted(lines & english) for path, lines in said.items() if lines & english} == {}
    assert {page.language for page in pages.values()} == {"de"}
    assert "Was geschehen ist" in said["lessons/2026/NM-2026-7QTST.html"]
    assert "Kennzahlen" in said["index.html"]
    assert all(re.search(r"[äöüß]", pages[name].text) for name in GERMAN_PAGES)
    assert "Sicherheit" in said["lessons/by-classification.html"]


def test_a_lesson_in_another_language_is_marked(
    build: Build, instance: Path, make_data: MakeData, make_record: MakeRecord
) -> None:
    """Texts of a record are marked with their language where it is not the one of the site; our own words are not."""
    in_language(instance, "de")
    records = [make_record(), make_record(id="NM-2026-7QTSW", report__lang="de")]
    records += [make_record(id="NM-2026-7QTSV", report__lang=None)]
    folder = build(make_data(*records))
    english, german, unknown = (
        (folder / "lessons" / "2026" / f"{record['id']}.html").read_text("utf-8") for record in records
    )
    assert re.search(r'<div lang="en">\s*<p>A trailer rolled away', english)
    assert re.search(r'<h1 id="top" lang="en">', english)
    assert re.search(r'<h2 id="what-happened">Was geschehen ist', english)
    own = [re.sub(r"(?s)<(section|ul)[^>]*nm-(related|next).*", "", page) for page in (german, unknown)]
    assert [re.search(r'<(h1|div|dd)[^>]* lang="en"', page) for page in own] == [None, None]


def test_a_card_of_a_lesson_in_another_language_is_marked(
    build: Build, instance: Path, make_data: MakeData, make_record: MakeRecord
) -> None:
    """What a list shows of a lesson is marked with its language where it is not the one of the site."""
    in_language(instance, "de")
    records = [make_record(report__lang="fr"), make_record(id="NM-2026-7QTSW", report__lang="de")]
    records += [make_record(id="NM-2026-7QTSV", report__lang=None), make_record(id="NM-2026-7QTSX", report__lang='?"')]
    listed = (build(make_data(*records)) / "lessons" / "by-area" / "shipping.html").read_text("utf-8")
    marked = re.findall(r'<a href="[^"]*(NM-[^"]*)\.html"( lang="[^"]*")?>', listed)
    assert dict(marked) == {
        "NM-2026-7QTST": ' lang="fr"',
        "NM-2026-7QTSW": "",
        "NM-2026-7QTSV": "",
        "NM-2026-7QTSX": "",
    }
    assert listed.count('lang="fr"') == 2


def test_whoever_has_no_german_page_shows_the_english_one(tmp_path: Path) -> None:
    """A region shows the pages of its language; what nobody has translated stays as it is."""
    docs = tmp_path / "site" / "docs"
    page = tmp_path / "site" / "languages" / "de" / "project" / "index.md"
    page.parent.mkdir(parents=True)
    page.write_text("# Deutsch\n")
    assert page_in("de-AT", "project/index.md", docs) == page
    assert page_in("de", "index.md", docs) is None
    assert page_in("fr", "project/index.md", docs) is None


def test_each_page_has_its_twin_in_every_language_that_comes_along(repo_root: Path) -> None:
    """A translated page asks for the same parts, links to the same pages, and has as many headings as the English."""
    docs = repo_root / "site" / "docs"
    english = {path.name: path.read_text("utf-8") for path in docs.glob("*.md")}
    for folder in (repo_root / "site" / "languages").iterdir():
        twins = {path.name: path.read_text("utf-8") for path in folder.glob("*.md")}
        assert twins.keys() == english.keys()
        assert {name: _shape(text) for name, text in twins.items()} == {
            name: _shape(text) for name, text in english.items()
        }


def _shape(text: str) -> tuple[object, ...]:
    headings = [len(marks) for marks in re.findall(r"(?m)^(#+) ", text)]
    parts = re.findall(r"<!-- nearmiss: [a-z-]+ -->", text)
    links = re.findall(r"\]\(([^)]+)\)", text)
    return headings, parts, sorted(links), text.count("\n- "), re.findall(r"`[^`]+`", text)


def test_a_configuration_says_its_words_in_the_language(repo_root: Path) -> None:
    """Titles and names that came with the program are translated, at every depth; those of somebody else stay."""
    words = words_in("de", [repo_root / "templates"])
    config: dict[str, Any] = {
        "site_name": "Near misses",
        "site_description": "Ours",
        "copyright": "<b>Ours</b>",
        "nav": ["index.md", {"Lessons": ["lessons/index.md", {"By kind": "k.md"}]}, {"Our own <i>": "own.md"}],
    }
    theme: dict[str, Any] = {"palette": [{"scheme": "slate", "toggle": {"name": "Use the light colours"}}, {"a": 1}]}
    say_in(words, config, theme)
    assert config == {
        "site_name": "Beinaheunfälle",
        "site_description": "Ours",
        "copyright": "<b>Ours</b>",
        "nav": ["index.md", {"Erkenntnisse": ["lessons/index.md", {"Nach Art": "k.md"}]}, {"Our own <i>": "own.md"}],
    }
    assert theme == {"palette": [{"scheme": "slate", "toggle": {"name": "Helle Farben verwenden"}}, {"a": 1}]}


def test_a_catalogue_cannot_put_markup_where_the_theme_escapes_nothing() -> None:
    """Titles in the nav and the copyright are words, whatever a catalogue makes of them."""
    words = Words(language="de", messages={("", "Home"): ("<img src=x>",), ("", "By us"): ("<script>",)})
    config: dict[str, Any] = {"nav": [{"Home": "index.md"}], "copyright": "By us"}
    theme: dict[str, Any] = {"palette": {"scheme": "slate"}}
    say_in(words, config, theme)
    assert config == {"nav": [{"&lt;img src=x&gt;": "index.md"}], "copyright": "&lt;script&gt;"}
    assert theme == {"palette": {"scheme": "slate"}}


@pytest.mark.parametrize("theme, language", [({"language": "de"}, "de"), ({}, "en"), ({"language": None}, "en")])
def test_the_language_is_that_of_the_theme(theme: dict[str, Any], language: str) -> None:
    """One rule: `theme.language`, and English where it says nothing."""
    assert language_of(theme) == language


def test_a_language_without_words_is_told(build: Build, instance: Path, make_data: MakeData) -> None:
    """A site that would say French and speak English is not built strictly, and the reason says what to do."""
    in_language(instance, "fr")
    with pytest.raises(SiteBuildError, match=r"no catalogue for the language 'fr'.*templates/site/languages"):
        build(make_data())


@pytest.mark.parametrize(
    "language, spoken", [("de-AT", "de"), ("pt-BR", "pt-BR"), ("xx", None), ("nothing like it", None)]
)
def test_the_theme_says_its_words_in_a_language_that_it_knows(
    instance: Path, language: str, spoken: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    """For a region those of its language do; where it has none, the site is not built strictly, and says why."""
    in_language(instance, language)
    config = load_config(str(instance / "site/mkdocs.yml"))
    with caplog.at_level("WARNING", logger="mkdocs.plugins.nearmiss"):
        config.plugins.on_config(config)
    assert config.theme["language"] == (spoken or "en")
    assert ("The theme has no words of its own in the language" in caplog.text) is (spoken is None)


def test_a_theme_that_knows_no_languages_is_left_as_it_is(tmp_path: Path) -> None:
    """Words of other themes than Material lie elsewhere."""
    assert theme_language("xx", [str(tmp_path)]) == "xx"


def test_a_broken_catalogue_stops_the_build_with_its_line(build: Build, instance: Path, make_data: MakeData) -> None:
    """What a register's own catalogue has wrong is told in a sentence."""
    path = instance / FOLDER / "en.po"
    path.parent.mkdir(parents=True)
    path.write_text('msgid "By kind"\nmsgstr "%(kind)s"\n')
    with pytest.raises(SiteBuildError, match=r"en\.po, line 1: .*has other places"):
        build(make_data())
    path.write_text('msgid "By kind"\nmsgstr "By \\"sort\\"\n')
    with pytest.raises(SiteBuildError, match=r"en\.po, line 2: a text has no quote at its end"):
        build(make_data())
