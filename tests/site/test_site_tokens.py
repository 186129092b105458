"""Where each word of a register may come to on the site: a word of its own in every field, in every kind of record."""

from __future__ import annotations

import functools
import gzip
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from nearmiss.models.ids import ID_PATTERN
from nearmiss.render.words import spell_date
from nearmiss.site.build import build_site
from nearmiss.site.exporting import export_site
from tests.engine.scene import PLAIN, SetClock, copied, founded_once
from tests.policy.builder import PEOPLE
from tests.site.building import copy_site, day
from tests.site.planted_register import AS_OF, Making, fill, lay_down, mend, planted_world
from tests.site.planting import Bed, kinds_of_fields

ID = ID_PATTERN.strip("^$")
TOKEN = re.compile(r"zq[0-9]{4}x")
PACKED = {".gz", ".pf_fragment", ".pf_index", ".pf_meta", ".pf_filter"}
"""Endings of files that are packed."""

OPAQUE = {".png", ".wasm", ".map", ".woff2"}

PAGE, SEARCH, DATA, LISTS, OTHERS = "its page", "the search", "feeds and data", "lists", "pages of other lessons"
ON_PAGE = frozenset({PAGE, SEARCH, DATA})
EVERYWHERE = ON_PAGE | {LISTS, OTHERS}

SHOWN: Mapping[str, frozenset[str]] = {
    "lesson.headline": EVERYWHERE,
    "lesson.do_this": ON_PAGE | {LISTS},
    "lesson.applies_to": ON_PAGE | {LISTS},
    "report.links.ref": ON_PAGE | {LISTS},
    "report.what_happened": ON_PAGE,
    "report.what_could_have_happened": ON_PAGE,
    "report.what_stopped_it.how": ON_PAGE,
    "root_cause.causes.statement": ON_PAGE,
    "action_plan.actions.what": ON_PAGE,
    "action_plan.effectiveness.metric": ON_PAGE,
    "action_plan.effectiveness.baseline": ON_PAGE,
    "action_plan.effectiveness.target": ON_PAGE,
    "verification.checks.measured": ON_PAGE,
    "verification.checks.substitute": ON_PAGE,
    "lesson.vulnerability": ON_PAGE,
    "lesson.change": ON_PAGE,
}
"""Where the words of a lesson may stand; of all other fields, nowhere."""

ACCOUNT = {name: ON_PAGE for name in SHOWN if name.startswith("report.what_")}
REPLY = {"assessment.reply": frozenset({LISTS, PAGE, SEARCH})}
WARNING = {name: frozenset({LISTS, SEARCH, DATA}) for name in ("alert.headline", "alert.do_this")}

LESSONS = frozenset({"lesson", "for the site", "amended", "superseded", "corrected"})
TABLE: Mapping[str, Mapping[str, frozenset[str]]] = {
    **{case: {**SHOWN, **REPLY} for case in LESSONS},
    **dict.fromkeys(("investigated", "root-caused", "action", "declined", "escalated", "withdrawn"), REPLY),
    **dict.fromkeys(("for the team", "for nobody", "not yet", "warned before", "joined with a restricted one"), REPLY),
    "joined": {**ACCOUNT, **REPLY},
    "warned": {**WARNING, **REPLY},
    "reclassified": {name: frozenset({PAGE}) for name in SHOWN} | REPLY,
}
"""By kind of record, where its words may stand. Of kinds that are not here (what was only reported, what is restricted
or broken) not a word may be seen."""

NAMED = LESSONS | {"withdrawn", "reclassified", "withheld"}
"""Kinds of records whose id may be seen."""

PAGES_OF_WARNINGS = ("index.html", "early-warnings.html")

OF_POLICY: Mapping[str, frozenset[str]] = {
    "settings.not_safe_call": EVERYWHERE,
    "settings.organisation": EVERYWHERE,
    "workflow.label": EVERYWHERE,
    "workflow.meaning": frozenset({LISTS, SEARCH}),
}
LABEL_OF_THE_RESTRICTED = "vocabulary.classification.security"


@dataclass(frozen=True, kw_only=True)
class Planted:
    """The built site: its files as text, and what was planted in the register that it was built from."""

    making: Making
    files: Mapping[str, str]
    built: Path
    build: Callable[[], object]

    @functools.cached_property
    def places(self) -> dict[str, set[str]]:
        """In which files each token is found."""
        found: dict[str, set[str]] = {}
        for path, text in self.files.items():
            for token in TOKEN.findall(f"{path}\n{text}"):
                found.setdefault(token, set()).add(path)
        return found

    @functools.cached_property
    def fields(self) -> dict[str, set[tuple[str, str]]]:
        """In which fields of which cases each token lies now; what was replaced lies in none."""
        found: dict[str, set[tuple[str, str]]] = {token: set() for token in self.making.bed.tokens}
        for case, path, value in self.making.leaves():
            for token in TOKEN.findall(value):
                found[token].add((case, path))
        return found

    def id_of(self, case: str) -> str:
        """Return the id of the record of a case."""
        return self.making.ids[case]


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory, repo_root: Path) -> Planted:
    """The site of the planted register, built as it is built everywhere; of what is broken, it warns."""
    root = tmp_path_factory.mktemp("planted") / "register"
    bed = Bed()
    making = Making(planted_world(bed), bed)
    fill(making)
    clock = lay_down(making, root)
    copy_site(repo_root, root)
    said: list[str] = []
    build = functools.partial(build_as_of, clock, root, said.append)
    built = build()
    assert len([line for line in said if making.ids["broken"] in line]) == 1, said
    return Planted(making=making, files=dict(texts_of(built)), built=built, build=build)


def build_as_of(clock: SetClock, root: Path, say: Callable[[str], None]) -> Path:
    """Build the site of a register as it is built everywhere, on a day; return its folder."""
    with day(clock):
        return build_site(root, strict=False, say=say).parent


def texts_of(built: Path) -> Iterator[tuple[str, str]]:
    """Yield every file of a built site with its text, unpacked; ids in lower case would still be ids."""
    for path in sorted(built.rglob("*")):
        if path.is_file() and path.suffix not in OPAQUE:
            raw = path.read_bytes()
            raw = gzip.decompress(raw) if path.suffix in PACKED else raw
            yield path.relative_to(built).as_posix(), raw.decode("utf-8", "replace")


def kind_of(path: str, own: str) -> str:
    """Return what kind of place a file of the site is for a record by the id of its page; `*` is at home on all."""
    if path.startswith(("search/", "pagefind/")):
        return SEARCH
    page = re.search(rf"({ID})[^/]*\.(html|md)$", path)
    if page:
        return PAGE if own in (page[1], "*") else OTHERS
    return DATA if path.endswith((".xml", ".json", ".gz", ".js", ".svg")) else LISTS


def allowed(case: str, path: str) -> frozenset[str]:
    """Return where the words of a field of a kind of record may stand."""
    if case == "policy":
        is_label = path.startswith("vocabulary.") and path != LABEL_OF_THE_RESTRICTED
        return OF_POLICY.get(path, EVERYWHERE if is_label else frozenset())
    return TABLE.get(case, {}).get(path, frozenset())


def test_every_field_of_a_record_is_planted(planted: Planted) -> None:
    """Whatever the schema lets a record say is said by a record here: a new field must be planted, and then placed."""
    said = {path for _, path, _ in planted.making.leaves()}
    assert set(kinds_of_fields()) - said == set()
    assert len(planted.making.bed.tokens) > 2000


def test_each_word_stands_only_where_the_table_says(planted: Planted) -> None:
    """Of more than two thousand words, none is found in a file where the field it stands in may not be shown."""
    assert astray(planted) == []


def astray(planted: Planted) -> list[str]:
    """Return where words stand that may not."""
    return [
        f"{sorted(fields)}: {path}"
        for token, fields in planted.fields.items()
        for path in sorted(planted.places.get(token, ()))
        if not any(kind_of(path, page_of(planted, case)) in allowed(case, field) for case, field in fields)
    ]


def page_of(planted: Planted, case: str) -> str:
    """Return the id of the record on whose page a record is told of."""
    if case == "policy":
        return "*"
    return planted.making.ids.get("lesson" if case == "joined" else case, "")


def test_what_may_be_shown_is_shown(planted: Planted) -> None:
    """The table is not met by an empty site: every word of a lesson that may be shown is found."""
    for case in LESSONS | {"joined"}:
        shown = {
            field
            for token, fields in planted.fields.items()
            for owner, field in fields
            if owner == case and token in planted.places
        }
        assert set(SHOWN if case in LESSONS else ACCOUNT) - shown == set(), case


def test_no_record_is_named_that_has_no_page(planted: Planted) -> None:
    """The ids of what was not published are in no file, nor in the name of one, but for that of a warning in force."""
    names = {planted.id_of(case).lower(): case for case in planted.making.ids if case not in NAMED}
    found = {
        (names[name], path)
        for path, text in planted.files.items()
        for name in names
        if name in f"{path}\n{text}".lower()
    }
    assert found - {("warned", page) for page in PAGES_OF_WARNINGS} == set()


def test_search_has_what_pages_have(planted: Planted) -> None:
    """The index of the search is read here as a browser reads it: the words of a lesson are in it."""
    fields = {
        (case, field) for token, fields in planted.fields.items() for case, field in fields if in_search(planted, token)
    }
    assert {("lesson", field) for field in SHOWN} - fields == set()
    assert {case for case, _ in fields} <= LESSONS | {"joined", "policy", "warned"}


def in_search(planted: Planted, token: str) -> bool:
    """Return whether a word is in a file of the search."""
    return any(kind_of(path, "") == SEARCH for path in planted.places.get(token, ()))


def test_what_is_withheld_is_said_to_be_so_in_words(planted: Planted) -> None:
    """A lesson of which every word is withheld has its page and place in lists, and nowhere the format's word."""
    own = planted.files[f"lessons/2026/{planted.id_of('withheld')}.html"]
    assert "withheld" in own.lower()
    names = [planted.id_of(case) for case in sorted(NAMED)]
    pages = {path: text for path, text in planted.files.items() if any(name in f"{path} {text}" for name in names)}
    assert len(pages) > 10
    assert [path for path, text in pages.items() if re.search(r"\bredacted\b", text, re.IGNORECASE)] == []


def test_nobody_is_named(planted: Planted) -> None:
    """No name, address or handle of anybody is anywhere, whether they reported, led, owned, checked or signed."""
    people = [person for person in PEOPLE["people"] if person["handle"] != "gate"]
    words = {word for one in people for word in (one["name"], one["handle"], *one["emails"])}
    assert found_in(planted, words) == []


def found_in(planted: Planted, words: set[str]) -> list[tuple[str, list[str]]]:
    """Return the files of ours that say one of the words, with those that they say; the day of a build is in maps."""
    wanted = re.compile(rf"(?<![\w.])(?:{'|'.join(map(re.escape, sorted(words)))})(?![\w.])", re.IGNORECASE)
    found = (
        (path, sorted(set(wanted.findall(text))))
        for path, text in planted.files.items()
        if not is_of_the_theme(path) and not path.startswith("sitemap")
    )
    return [(path, said) for path, said in found if said]


def is_of_the_theme(path: str) -> bool:
    """Return whether a file comes from the theme as it is."""
    return path.startswith(("assets/javascripts/", "assets/stylesheets/main", "assets/stylesheets/palette"))


def test_no_day_no_hour_and_no_head_count_is_told(planted: Planted) -> None:
    """Of dates the month is shown at most, but for the end of a warning; hours, head counts and digests are not."""
    days = {value for _, path, value in planted.making.leaves() if re.fullmatch(r"20\d\d-\d\d-\d\d", value)}
    assert len(days) > 20
    told = days - {"2027-12-30"}
    spelled = {spell_date(day) for day in told}
    digests = {value[7:] for _, path, value in planted.making.leaves() if value.startswith("sha256:")}
    secrets = {*told, *spelled, *digests, "03:47", "471103", "471105"}
    assert found_in(planted, secrets) == []


def test_another_site_shows_no_more_of_a_register_than_its_own(planted: Planted, tmp_path: Path) -> None:
    """Fed to the site of another register, each word stands where it may; what is for one site's people, nowhere."""
    copied(founded_once(PLAIN), tmp_path / "home")
    configuration = tmp_path / "home/site/mkdocs.yml"
    source = f"{{name: north, label: North, repository: {planted.built.parents[1]}, lenient: true}}"
    said = configuration.read_text("utf-8")
    assert said.count("\n- nearmiss\n") == 1
    configuration.write_text(
        said.replace("\n- nearmiss\n", f"\n- nearmiss: {{sources: [{source}]}}\n"), encoding="utf-8"
    )
    built = build_as_of(SetClock(AS_OF), tmp_path / "home", lambda _warning: None)
    fed = replace(planted, files=dict(texts_of(built)), built=built)
    assert astray(fed) == []
    shown = {case for token in fed.places for case, _ in fed.fields[token]}
    assert shown >= LESSONS - {"for the site"}
    assert shown & {"for the site"} == set()
    assert f"lessons/north/2026/{planted.id_of('lesson')}.html" in fed.files


def test_the_pages_as_markdown_say_no_more(planted: Planted, tmp_path: Path) -> None:
    """The export for other generators has each word where the pages have it, front matter included."""
    root = tmp_path / "register"
    copied(planted.built.parents[1], root)
    mend(planted.making, root)
    with day(SetClock(AS_OF)):
        export_site(root, tmp_path / "pages")
    exported = replace(planted, files=dict(texts_of(tmp_path / "pages")), built=tmp_path / "pages")
    assert [line for line in astray(exported) if "'broken'" not in line] == []
    assert sum(path.endswith(".md") for path in exported.files) > 20
    assert exported.places


def test_what_is_taken_back_leaves_nothing_behind(planted: Planted) -> None:
    """Built again over itself, once records may not be shown any more, the site has none of their words anywhere."""
    gone = ("lesson", "joined", "warned", "superseded", "declined")
    for case in gone:
        path = planted.built.parents[1] / planted.making.dossiers[case].path
        path.write_text(path.read_text("utf-8").replace("Word", "Words", 1), encoding="utf-8")
    planted.build()
    words = {
        token
        for token, fields in planted.fields.items()
        # What a sign-off means is said in it as the policy says it, which is there to be read.
        if {case for case, _ in fields} & set(gone) and ("policy", "workflow.meaning") not in fields
    }
    names = {planted.id_of(case) for case in gone}
    left = [
        (path, word)
        for path, text in texts_of(planted.built)
        for word in {*TOKEN.findall(f"{path}\n{text}"), *re.findall(ID, f"{path}\n{text}")} & (words | names)
    ]
    assert len(words) > 200
    assert left == []
