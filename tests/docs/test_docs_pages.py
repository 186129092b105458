"""The project's pages say what the files say: tables, findings, files, links, and the examples of records."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from nearmiss.cli.program import FAMILIES
from nearmiss.engine.publishing.allow_list import FIELDS
from nearmiss.models.sections import SECTIONS
from nearmiss.policy.findings import has_errors
from nearmiss.policy.guards.table import CIRCUMSTANCES, GUARDS
from nearmiss.policy.settings import Settings
from nearmiss.policy.structure import judge_record_structure
from nearmiss.store.documents import YamlDocuments
from tests.docs.finding_codes import codes_in
from tests.docs.pages import FOLDER, MARK, renewed, tables_of

LINK = re.compile(r"\[[^\]]*\]\((?P<target>[^)\s]+)\)")
DOCUMENTED = re.compile(r"^\| `(?P<code>[a-z0-9-]+)` \|", re.MULTILINE)
LARGEST_PICTURE = 200 * 1024
PAGES = (
    "anonymity-proof",
    "auditing",
    "command-line",
    "desk",
    "exporting",
    "findings",
    "for-developers",
    "getting-started",
    "importing",
    "index",
    "indicators",
    "intake",
    "keys",
    "on-a-plain-server",
    "on-forgejo",
    "on-github",
    "on-gitlab",
    "policy",
    "proof",
    "reminders",
    "reviewing",
    "rules",
    "serving",
    "sign-offs",
    "site",
    "speed",
    "the-process",
    "the-record",
)


def read(root: Path, name: str) -> str:
    """Return a page of the project."""
    return (root / FOLDER / f"{name}.md").read_text(encoding="utf-8")


def test_every_page_is_named_here_and_there(repo_root: Path) -> None:
    """The pages are those that these tests know, and the first one links to each of the others."""
    found = sorted(path.stem for path in (repo_root / FOLDER).glob("*.md"))

    assert found == sorted(PAGES)
    first = read(repo_root, "index")
    assert [name for name in PAGES if name != "index" and f"({name}.md)" not in first] == []


@pytest.mark.parametrize("name", PAGES)
def test_tables_say_what_the_files_say(repo_root: Path, name: str) -> None:
    """A table that is marked as made from policy or vocabulary is what these make it."""
    page = read(repo_root, name)

    assert page == renewed(page, tables_of(repo_root)), "put them in anew: python -m tests.docs.pages"


def test_every_table_is_shown_somewhere(repo_root: Path) -> None:
    """Each table that can be made stands in a page, and no page asks for another."""
    marked = [mark["name"] for name in PAGES for mark in MARK.finditer(read(repo_root, name))]

    assert sorted(marked) == sorted(tables_of(repo_root))


def test_a_table_that_is_out_of_date_is_noticed(repo_root: Path) -> None:
    """One changed word in a table is enough for the page to differ."""
    page = read(repo_root, "the-process").replace("| `reported` | open |", "| `reported` | closed |")

    assert page != renewed(page, tables_of(repo_root))


def test_what_follows_a_table_is_no_row_of_it(repo_root: Path) -> None:
    """A line right below a table would be shown as its last row, so a blank one is put between."""
    page = "<!-- table: bands -->\n\n## What comes next\n"

    assert "|\n\n## What comes next\n" in renewed(page, tables_of(repo_root))


def test_every_finding_is_documented(repo_root: Path) -> None:
    """The page on findings explains each code that the program can give, once, and no other."""
    documented = DOCUMENTED.findall(read(repo_root, "findings"))

    assert sorted(documented) == sorted(set(documented))
    given = codes_in(repo_root / "workflow" / "nearmiss")
    assert {code: given[code] for code in sorted(set(given) - set(documented))} == {}
    assert sorted(set(documented) - set(given)) == []


@pytest.mark.parametrize(
    "code",
    [
        pytest.param("needs-field", id="as an argument of a finding"),
        pytest.param("no-root-cause", id="through a function of another module"),
        pytest.param("signer-role", id="through a function of its own"),
        pytest.param("sign-off-chain", id="through a method"),
        pytest.param("wrong-type", id="by assignment"),
        pytest.param("yaml-float", id="from a table"),
        pytest.param("unknown-key", id="from a table of tuples"),
        pytest.param("yaml-syntax", id="as a default"),
        pytest.param("yaml-directive", id="as one side of a choice"),
    ],
)
def test_codes_are_found_wherever_they_are_given(repo_root: Path, code: str) -> None:
    """The search for codes knows each way in which the program gives one."""
    assert code in codes_in(repo_root / "workflow" / "nearmiss")


@pytest.mark.parametrize("header, known", [("| guard | asks |", GUARDS), ("| circumstance | means |", CIRCUMSTANCES)])
def test_every_guard_and_circumstance_is_explained(repo_root: Path, header: str, known: Mapping[str, object]) -> None:
    """The page on the process explains each guard and each circumstance that a workflow may name, and no other."""
    rows = read(repo_root, "the-process").partition(f"{header}\n")[2].partition("\n\n")[0].splitlines()[1:]

    explained = [name for row in rows for name in re.findall(r"`([a-z-]+)`", row.split(" | ")[0])]
    assert sorted(explained) == sorted(known)


def test_every_section_and_setting_is_explained(repo_root: Path) -> None:
    """The pages explain each section of a record, each setting and each name of the allow-list."""
    settings = {field.alias or name for name, field in Settings.model_fields.items()} - {"schema"}

    for name, words in (("the-record", SECTIONS), ("policy", sorted(settings)), ("site", sorted(FIELDS))):
        page = read(repo_root, name)
        assert [word for word in words if f"`{word}`" not in page] == []


def test_every_command_has_an_example(repo_root: Path) -> None:
    """The page on the command line has a section with an example for each command."""
    page = read(repo_root, "command-line")

    for command in (name for family in FAMILIES.values() for name in family):
        section = page.partition(f"### {command}\n")[2].partition("\n##")[0]
        assert f"nearmiss {command}" in section, command


def test_the_example_record_is_one(repo_root: Path) -> None:
    """The record that the page shows is read without a finding, and is sound."""
    text = re.search(r"^```yaml\n(.*?)^```$", read(repo_root, "the-record"), re.MULTILINE | re.DOTALL)
    assert text

    reading = YamlDocuments().read(text[1].encode())

    assert reading.findings == ()
    assert reading.data
    assert not has_errors(judge_record_structure(reading.data, terms={}))
    assert list(reading.data)[4:] == [section for section in SECTIONS if section in reading.data]


@pytest.mark.parametrize("name", ["README.md", "CHANGELOG.md", "workflow/README.md", ".github/CONTRIBUTING.md"])
def test_relative_links_lead_somewhere(repo_root: Path, name: str) -> None:
    """Whatever a page of the repository links to beside itself is there."""
    page = repo_root / name
    targets = [match["target"] for match in LINK.finditer(page.read_text(encoding="utf-8"))]
    local = [target.partition("#")[0] for target in targets if "://" not in target and not target.startswith("#")]

    assert [target for target in local if not (page.parent / target).exists()] == []


def test_the_readme_links_to_every_page(repo_root: Path) -> None:
    """Whoever reads the README finds all longer guides."""
    readme = (repo_root / "README.md").read_text(encoding="utf-8")

    assert [name for name in PAGES if name != "index" and f"{FOLDER.as_posix()}/{name}.md" not in readme] == []


def test_pictures_are_shown_and_small(repo_root: Path) -> None:
    """Each picture is shown by a page, has words for who cannot see it, and is quick to load."""
    pages = [repo_root / "README.md", *(repo_root / FOLDER).glob("*.md")]
    shown = {
        (page.parent / target).resolve(): words
        for page in pages
        for words, target in re.findall(r"!\[([^\]]*)\]\(([^)]+)\)", page.read_text(encoding="utf-8"))
    }
    pictures = list((repo_root / FOLDER / "pictures").iterdir())

    assert pictures
    assert {picture.resolve() for picture in pictures} == set(shown)
    assert [words for words in shown.values() if len(words.split()) < 3] == []
    assert [picture.name for picture in pictures if picture.stat().st_size > LARGEST_PICTURE] == []
