"""The search bundle: what Pagefind reads, what is kept of what it writes, and when it need not run."""

from __future__ import annotations

import gzip
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from typing import Any

import pytest

from nearmiss.engine.publishing.site_data import SiteData
from nearmiss.site import search
from nearmiss.site.build import SiteBuildError
from nearmiss.site.plugin import NearMissPlugin
from nearmiss.site.search import (
    NoSearchProgramError,
    SearchFailedError,
    bundle_of,
    choices_as_json,
    is_current,
    put_away_search,
    remove_search,
    write_search,
)
from nearmiss.site.spelling import LISTS, as_indexed, list_of, word_lists

MakeRecord = Callable[..., dict[str, Any]]
MakeData = Callable[..., SiteData]

PAGE = """<!doctype html><html lang="{language}"><head><title>A frame</title></head><body><p>Framework {frame}</p>
<article><div {marks}>{inside}</div></article><footer>Footing {frame}</footer></body></html>
"""
LESSON = (
    '<span data-pagefind-filter="area[data-value]" data-value="{area}"></span>'
    '<span data-pagefind-meta="date[data-value]" data-value="{date}"></span>'
    "<h1>{title}</h1><p>{text}</p><p data-search-exclude>Omitted</p><svg><text>Drawing</text></svg>"
)


def page(folder: Path, path: str, inside: str, **others: str) -> Path:
    """Write a built page; `marks` are the attributes of its body, `frame` is what changes around it."""
    given = {"marks": "data-pagefind-body", "frame": "of today", "language": "en"} | others
    target = folder / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(PAGE.format(inside=inside, **given))
    return target


def lesson(folder: Path, number: int, text: str, *, area: str = "shipping", **others: str) -> Path:
    """Write the page of a lesson."""
    inside = LESSON.format(area=area, date=f"2026-{number:02d}", title=f"Heading {number}", text=text)
    return page(folder, f"lessons/2026/NM-2026-0000{number}.html", inside, **others)


def a_site(folder: Path) -> Path:
    """Write a site with three pages to search, one that is not searched, and one that is taken out."""
    lesson(folder, 1, "Chocks were missing")
    lesson(folder, 2, "A ladder slipped", area="storage")
    page(folder, "how-to-report.html", "<h1>How to report</h1><p>Telephone</p>")
    page(folder, "lessons/index.html", "<h1>Indexed</h1>", marks="class='list'")
    page(folder, "lessons/2026/NM-2026-00009.html", "<h1>Gone</h1>", marks="data-pagefind-body data-pagefind-ignore")
    return folder


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site with its bundle; tests read it and do not change it."""
    site = a_site(tmp_path_factory.mktemp("site"))
    write_search(site)
    return site


@pytest.fixture
def site(built: Path, tmp_path: Path) -> Path:
    """A copy of it to change."""
    return shutil.copytree(built, tmp_path / "site")


@pytest.fixture
def idle(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a run of Pagefind end the test."""

    def run(*_args: object, **_others: object) -> None:
        pytest.fail("Pagefind ran")

    monkeypatch.setattr(subprocess, "run", run)


def fragments(site: Path) -> dict[str, dict[str, Any]]:
    """Return what the bundle keeps of each page, by address."""
    found = {}
    for path in (bundle_of(site) / "fragment").iterdir():
        content = json.loads(gzip.decompress(path.read_bytes()).removeprefix(b"pagefind_dcd"))
        found[content["url"]] = content
    return found


def everything(site: Path) -> str:
    """Return every byte of the bundle, unpacked, as text."""
    contents = [path.read_bytes() for path in bundle_of(site).rglob("*") if path.is_file()]
    unpacked = [gzip.decompress(each) if each.startswith(b"\x1f\x8b") else each for each in contents]
    return b"\n".join(unpacked).decode("utf-8", "replace")


def pieces(site: Path) -> dict[str, bytes]:
    """Return the files that are fetched for a query, and the choices."""
    kept = [path for folder in ("index", "fragment", "words") for path in bundle_of(site).glob(f"{folder}/*")]
    return {path.name: path.read_bytes() for path in (*kept, bundle_of(site) / "choices.gz")}


def choices_of(site: Path) -> dict[str, Any]:
    """Return what the bundle says of choices."""
    choices: dict[str, Any] = json.loads(gzip.decompress((bundle_of(site) / "choices.gz").read_bytes()))
    return choices


def test_the_index_holds_what_lies_inside_the_bodies_of_pages(built: Path) -> None:
    """Lessons and hand-written pages are found; frames, lists, drawings, what is left out and what is gone are not."""
    assert sorted(fragments(built)) == [
        "/how-to-report.html",
        "/lessons/2026/NM-2026-00001.html",
        "/lessons/2026/NM-2026-00002.html",
    ]
    kept = everything(built).casefold()
    assert "chocks were missing" in kept
    assert [word for word in ("framework", "footing", "omitted", "drawing", "indexed", "gone") if word in kept] == []


def test_the_bundle_has_only_what_the_search_page_asks_for(built: Path) -> None:
    """None of Pagefind's own search boxes is published, and nothing lies beside the bundle."""
    bundle = bundle_of(built)
    names = {path.relative_to(bundle).parts[0] for path in bundle.rglob("*") if path.is_file()}
    plain = {name for name in names if not name.endswith(".pf_meta")}
    assert plain == {
        "choices.gz",
        "fragment",
        "index",
        "indexed.txt",
        "pagefind-entry.json",
        "pagefind-worker.js",
        "pagefind.js",
        "wasm.en.pagefind",
        "wasm.unknown.pagefind",
        "words",
    }
    assert len(names - plain) == 1
    assert sorted(path.name for path in built.iterdir()) == ["how-to-report.html", "lessons", "pagefind"]


def test_choices_tell_which_pages_each_leaves(built: Path) -> None:
    """Pages come newest first, lessons before others, and each kind of choice says what each page has of it."""
    choices = choices_of(built)
    assert choices["lessons"] == 2
    assert sorted(choices["pages"]) == sorted(path.stem for path in (bundle_of(built) / "fragment").iterdir())
    assert choices["kinds"] == {"area": {"sets": [[], ["shipping"], ["storage"]], "width": 1, "of": "210"}}


def test_many_sets_of_values_take_more_digits() -> None:
    """Forty different values are told apart by two digits of base 36."""
    pages = {
        f"en_{n:02d}": {"url": f"/{n:02d}", "filters": {"year": [str(n)]}, "meta": {"date": f"{1990 + n}"}}
        for n in range(40)
    }
    kind = json.loads(choices_as_json(pages))["kinds"]["year"]
    assert kind["width"] == 2
    read = [kind["sets"][int(kind["of"][at : at + 2], 36)] for at in range(0, 80, 2)]
    assert read == [[str(n)] for n in reversed(range(40))]


def test_words_are_listed_by_their_first_letter(built: Path) -> None:
    """Each word of a searched page is in the list of its letter, and of what is not searched there is none."""
    lists = {
        int(path.stem): gzip.decompress(path.read_bytes()).decode().split() for path in bundle_of(built).glob("words/*")
    }
    assert len(lists) == LISTS
    assert {"1ladder", "0Chocks"} & {*lists[list_of("l")], *lists[list_of("c")]} == {"0Chocks"}
    assert "0ladder" in lists[list_of("Lorry")]
    assert "1Heading" in lists[list_of("h")]
    assert not re.search(r"frame|footing|omitted|drawing|indexed|gone", " ".join(map(" ".join, lists.values())).lower())


def test_a_word_is_listed_as_it_is_written_most_often() -> None:
    """However it is written, a word is listed once; of a code its pieces are listed, too, since people type these."""
    lists = word_lists(["Ladder ladder FLT-07", "ladder, (ladder) Türen", "LADDER!", "x" * 41 + " ___ –"])
    assert {line for words in lists.values() for line in words.split()} == {
        "2ladder",
        "0FLT",
        "0FLT-07",
        "007",
        "0Türen",
    }
    assert lists[list_of("f")].split() == ["0FLT", "0FLT-07"]
    assert as_indexed("Türen,") == "turen"


def test_nothing_is_indexed_twice(site: Path, idle: None) -> None:
    """Where no searched page changed, the bundle stays: another frame, list or picture is nothing to it."""
    before = everything(site)
    lesson(site, 1, "Chocks were missing", frame="of tomorrow")
    page(site, "lessons/index.html", "<h1>Another list</h1>", marks="class='list'")
    (site / "picture.svg").write_text("<svg/>")
    bundle = write_search(site)
    assert (bundle.pages, bundle.kept) == (4, True)
    assert everything(site) == before


def test_a_bundle_that_was_put_away_is_put_back(site: Path, idle: None) -> None:
    """A build empties the folder first; the bundle of the build before is used again where it still fits."""
    before = everything(site)
    put_away_search(site)
    assert not bundle_of(site).exists()
    put_away_search(site)
    assert write_search(site).kept
    assert everything(site) == before
    assert sorted(path.name for path in site.iterdir()) == ["how-to-report.html", "lessons", "pagefind"]


def test_what_a_killed_build_was_indexing_is_removed(site: Path) -> None:
    """Words of a page that is withdrawn since are nowhere in the site that is built next, hidden folders included."""
    withdrawn = site / ".nearmiss-search-x1y2z3" / "pagefind" / "fragment" / "en_1.pf_fragment"
    withdrawn.parent.mkdir(parents=True)
    withdrawn.write_text("a lesson")
    put_away_search(site)
    write_search(site)
    assert [path.name for path in site.iterdir() if path.name.startswith(".")] == []


def test_a_page_whose_content_is_known_is_not_read(site: Path) -> None:
    """Keys stand for the content of pages: the same key is the same page, another is not, and None is not searched."""
    path = "lessons/2026/NM-2026-00001.html"
    assert write_search(site, {path: "one"}).pages == 4
    lesson(site, 1, "Brakes were missing")
    assert write_search(site, {path: "one"}).kept
    bundle = write_search(site, {path: "two", "lessons/2026/NM-2026-00009.html": None})
    assert (bundle.pages, bundle.kept) == (3, False)
    assert "brakes" in everything(site).casefold()


@pytest.mark.parametrize(
    "change",
    [
        lambda site: lesson(site, 1, "Brakes were missing"),
        lambda site: lesson(site, 1, "Chocks were missing", language="de"),
        lambda site: lesson(site, 3, "A third one"),
        lambda site: (site / "how-to-report.html").unlink(),
        lambda site: (site / "how-to-report.html").rename(site / "report.html"),
    ],
    ids=["words", "language", "a page more", "a page less", "another address"],
)
def test_what_changes_a_searched_page_is_indexed(site: Path, change: Callable[[Path], Any]) -> None:
    """Other words, another language, a page more or less, and another address make the bundle anew."""
    change(site)
    assert not write_search(site).kept
    assert write_search(site).kept


def test_the_same_pages_give_the_same_pieces(built: Path, tmp_path: Path) -> None:
    """Made twice, what is fetched for a query is the same; only the list of all pieces has no order of its own."""
    again = a_site(tmp_path / "again")
    write_search(again)
    assert pieces(again) == pieces(built)


def test_each_language_has_its_index(tmp_path: Path) -> None:
    """Pages of two languages are indexed by the rules of each, in one bundle."""
    lesson(tmp_path, 1, "Chocks were missing")
    lesson(tmp_path, 2, "Die Unterlegkeile fehlten", language="de")
    write_search(tmp_path)
    entry = json.loads((bundle_of(tmp_path) / "pagefind-entry.json").read_bytes())
    assert {name: language["page_count"] for name, language in entry["languages"].items()} == {"de": 1, "en": 1}


def test_a_site_with_nothing_to_search_has_no_bundle(tmp_path: Path, idle: None) -> None:
    """Pagefind would take every page whole where none has a body; it is not asked, and an old bundle goes."""
    page(tmp_path, "index.html", "<h1>Words</h1>", marks="class='list'")
    bundle_of(tmp_path).mkdir()
    assert write_search(tmp_path).pages == 0
    assert not bundle_of(tmp_path).exists()


def test_search_can_be_taken_out(site: Path) -> None:
    """A site that is built without search has no bundle of an earlier build."""
    remove_search(site)
    assert not bundle_of(site).exists()
    remove_search(site)


def test_a_digest_that_cannot_be_read_is_not_current(site: Path) -> None:
    """A bundle of something else, or none at all, is never taken for the right one."""
    assert not is_current(site / "nowhere", "0")
    (bundle_of(site) / "indexed.txt").write_bytes(b"\xff\xfe")
    assert not is_current(bundle_of(site), "0")


def test_surroundings_do_not_decide_what_is_indexed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A configuration of Pagefind in the current folder or in variables is not read: it could name other folders."""
    site = a_site(tmp_path / "site")
    (tmp_path / "pagefind.yml").write_text("exclude_selectors: [p]\n")
    (site / "pagefind.yml").write_text("exclude_selectors: [p]\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PAGEFIND_EXCLUDE_SELECTORS", "p")
    write_search(site)
    assert "chocks" in everything(site).casefold()


def test_a_machine_without_pagefind_is_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the program is missing, a sentence says what to do, and no old bundle is left to mislead."""
    site = a_site(tmp_path)
    bundle_of(site).mkdir()
    monkeypatch.setitem(sys.modules, "pagefind_bin", None)
    with pytest.raises(NoSearchProgramError) as said:
        write_search(site)
    assert "search: false" in said.value.hint
    assert not bundle_of(site).exists()


def test_the_option_decides_whether_a_site_is_searchable(
    make_record: MakeRecord, make_data: MakeData, build: Callable[..., Path], instance: Path
) -> None:
    """`search: false` builds without a bundle, and takes away that of an earlier build."""
    configuration = instance / "site/mkdocs.yml"
    text = configuration.read_text()
    assert bundle_of(build(make_data(make_record()))).is_dir()
    configuration.write_text(text.replace("- nearmiss\n", "- nearmiss: {search: false}\n"))
    site = build(make_data(make_record()))
    assert not bundle_of(site).exists()
    assert (site / "search.html").is_file()


def test_a_strict_build_without_pagefind_ends_with_its_sentence(
    make_record: MakeRecord, make_data: MakeData, build: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A site that was to have a search is not published without one by mistake."""
    monkeypatch.setitem(sys.modules, "pagefind_bin", None)
    with pytest.raises(SiteBuildError, match="Pagefind, which makes the search of the site, is not installed"):
        build(make_data(make_record()))


def test_a_preview_has_no_search(site: Path) -> None:
    """While a site is served to its writers it is built again and again, and the search would be what takes longest."""
    plugin = NearMissPlugin()
    plugin.load_config({})
    plugin.on_startup(command="serve")
    plugin._make_searchable(site, {})
    assert not bundle_of(site).exists()


def test_a_program_that_cannot_be_run_is_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program for another kind of machine is as good as none."""
    broken = tmp_path / "pagefind"
    broken.write_bytes(b"\x7fELF nothing")
    broken.chmod(0o755)
    monkeypatch.setattr(search, "_program", lambda: broken)
    with pytest.raises(NoSearchProgramError):
        write_search(a_site(tmp_path / "site"))


@pytest.mark.parametrize(
    "script, words",
    [("echo >&2; echo 'no room left' >&2; exit 1", "no room left"), ("exit 3", "status 3"), ("exit 0", "status 0")],
)
def test_a_run_that_fails_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, words: str) -> None:
    """The last words of the program are passed on, and nothing half made is published."""
    program = tmp_path / "pagefind"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setattr(search, "_program", lambda: program)
    site = a_site(tmp_path / "site")
    with pytest.raises(SearchFailedError, match=words):
        write_search(site)
    assert sorted(path.name for path in site.iterdir()) == ["how-to-report.html", "lessons"]


def test_a_run_that_does_not_end_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A build does not wait for ever."""
    monkeypatch.setattr(search, "ONE_BUILD", 0.05)
    program = tmp_path / "pagefind"
    program.write_text("#!/bin/sh\nexec sleep 20\n")
    program.chmod(0o755)
    monkeypatch.setattr(search, "_program", lambda: program)
    with pytest.raises(SearchFailedError, match="not done"):
        write_search(a_site(tmp_path / "site"))


def test_the_bundle_knows_the_program_it_was_made_by(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another version of Pagefind makes the bundle anew, and so does one whose version nobody knows."""

    def version(_name: str) -> str:
        raise PackageNotFoundError

    monkeypatch.setattr("importlib.metadata.version", version)
    assert not write_search(site).kept
