"""Where staff report: what mkdocs.yml may name, how it is refused, and where it is shown."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nearmiss.engine.publishing.site_data import SiteData
from nearmiss.policy.settings import Settings
from nearmiss.render.environment import Renderer
from nearmiss.render.languages import words_in
from nearmiss.site.build import SiteBuildError, build_site
from nearmiss.site.desk import NO_DESK, BadReportError, ReportDesk, read_desk
from nearmiss.site.library import Library
from nearmiss.site.making.reporting import CALL_AS_SHIPPED, said_of_call
from nearmiss.site.pages import render_page
from nearmiss.site.whole import make_site
from nearmiss.store.foreign import line_of, read_foreign
from tests.site.building import lay_down_site

MakeRecord = Callable[..., dict[str, Any]]
MakeData = Callable[..., SiteData]

CONFIGURATION = """\
site_name: Near misses
plugins:
- search
- nearmiss:
    search: false
    report:
      form: {form}
      phone: {phone}
      words: {words}
"""
GOOD = {"form": "https://forms.example.org/near-miss?a=1", "phone": '"+49 (30) 12-34"', "words": "We answer."}


def read(tmp_path: Path, **changes: str) -> ReportDesk:
    """Read a configuration in which some of the fields say something else."""
    path = tmp_path / "mkdocs.yml"
    path.write_text(CONFIGURATION.format(**GOOD | changes), encoding="utf-8")
    return read_desk(read_foreign(path.read_bytes())["plugins"][1]["nearmiss"]["report"], path)


def test_a_form_a_number_and_words_can_be_named(tmp_path: Path) -> None:
    """All are read as they stand; the number becomes a link, and a mailbox is a form too."""
    desk = read(tmp_path)
    assert desk == ReportDesk(form=GOOD["form"], phone="+49 (30) 12-34", words="We answer.")
    assert (desk.call, desk.form_in_words) == ("tel:+49301234", "forms.example.org/near-miss?a=1")
    mail = read(tmp_path, form="mailto:safety@example.org?subject=Near%20miss")
    assert mail.form_in_words == "safety@example.org"
    long = read(tmp_path, form="https://forms.example.org/" + "a" * 60)
    assert long.form_in_words == "forms.example.org"
    placed = read(tmp_path, form="https://a.example/f?area={area}&b=1")
    assert (placed.form, placed.form_in_area) == ("https://a.example/f?b=1", "https://a.example/f?area={area}&b=1")
    assert read(tmp_path, form="https://a.example/f?area={area}").form == "https://a.example/f"
    assert read_desk(None, tmp_path) is NO_DESK
    assert not NO_DESK


@pytest.mark.parametrize(
    "field, said, line, words",
    [
        ("form", "javascript:alert(1)", 7, "neither https://, http:// nor mailto:"),
        ("form", "ftp://a.example/b", 7, "neither"),
        ("form", "forms.example.org", 7, "Copy the whole address"),
        ("form", "tel:4711", 7, 'Write it as `phone: "…"`'),
        ("form", "https://user@a.example/", 7, "is no plain address"),
        ("form", '"https://a.example/a b"', 7, "no spaces"),
        ("form", "https://a.example/<b>", 7, "is no plain address"),
        ("form", "https://münchen.example/", 7, "ASCII only"),
        ("form", "mailto:a@b.example@c.example", 7, "is no plain address"),
        ("form", "https://a.example/" + "a" * 500, 7, "more than 500 characters"),
        ("form", "[a]", 7, "is no text"),
        ("form", "https://a.example/{area}", 7, "outside of its query"),
        ("form", "https://a.example/?a=1#{area}", 7, "outside of its query"),
        ("form", "https://a.example/?a={site}", 7, "is no plain address"),
        ("phone", "0301234", 8, "a 0 or a + at the beginning would be lost"),
        ("phone", "ask Ruth", 8, "Write digits"),
        ("phone", '"tel:4711"', 8, "is no telephone number"),
        ("words", '"two\\nlines"', 9, "is no line of at most 300 characters"),
        ("words", '""', 9, "is no line"),
        (
            "words",
            "a\n      from: b",
            10,
            "`report.from` of the plugin nearmiss is not known: there are form, phone, words",
        ),
    ],
)
def test_what_cannot_be_shown_is_refused_with_its_line(
    tmp_path: Path, field: str, said: str, line: int, words: str
) -> None:
    """The sentence names file, line and field; the hint says what to write."""
    with pytest.raises(BadReportError) as caught:
        read(tmp_path, **{field: said})
    told = f"{caught.value.message} {caught.value.hint}"
    assert told.startswith(f"{tmp_path / 'mkdocs.yml'}, line {line}: `report.")
    assert words in told


def test_a_setting_of_another_shape_is_refused(tmp_path: Path) -> None:
    """A form alone, without its name, is no mapping."""
    path = tmp_path / "mkdocs.yml"
    path.write_text("plugins:\n- nearmiss:\n    report: https://a.example\n", encoding="utf-8")
    with pytest.raises(BadReportError, match=r"line 3: `report` of the plugin nearmiss is no mapping"):
        read_desk("https://a.example", path)


def test_a_line_is_found_in_each_way_of_naming_plugins() -> None:
    """A mapping of plugins will do as well as a list; what is not there is told by the last key that is."""
    assert (
        line_of(b"plugins:\n  nearmiss:\n    report:\n      form: a\n", ("plugins", "nearmiss", "report", "form")) == 4
    )
    assert line_of(b"a: 1\nplugins: [search]\n", ("plugins", "nearmiss", "report")) == 2
    assert line_of(b"[]\n", ("plugins",)) == 1


def test_the_build_ends_with_the_sentence(repo_root: Path, tmp_path: Path) -> None:
    """Before anything is read: the file, the line, and what to write."""
    lay_down_site(repo_root, tmp_path)
    path = tmp_path / "site" / "mkdocs.yml"
    text = path.read_text(encoding="utf-8")
    assert text.count("\n- nearmiss\n") == 1
    path.write_text(text.replace("\n- nearmiss\n", "\n- nearmiss: {report: {phone: 4711}}\n"), encoding="utf-8")
    line = text.split("\n").index("- nearmiss") + 1
    with pytest.raises(SiteBuildError, match=rf"mkdocs\.yml, line {line}: `report\.phone` .* is no text"):
        build_site(tmp_path)


@pytest.fixture
def parts(repo_root: Path, make_record: MakeRecord, make_data: MakeData) -> Callable[..., dict[str, str]]:
    """Return a function that renders the parts that hand-written pages ask for, by their names."""
    renderer = Renderer([repo_root / "templates"])

    def render(desk: ReportDesk = NO_DESK, **settings: Any) -> dict[str, str]:
        site = make_site(Library(home=make_data(make_record(), settings=settings), desk=desk))
        names = ("report-button", "ways-to-report", "whom-to-call")
        return {name: render_page(site.parts[name], site, renderer, lambda path: path) for name in names}

    return render


def test_the_button_leads_where_people_can_report(parts: Any) -> None:
    """To the form where there is one, else to the page that says how; the number stands beside it."""
    named = parts(ReportDesk(form="https://a.example/f?a=1&b=2", phone="0 4711"))["report-button"]
    assert 'href="https://a.example/f?a=1&amp;b=2"' in named
    assert 'href="tel:04711">0 4711<' in named
    unnamed = parts()["report-button"]
    assert 'href="how-to-report.md"' in unnamed
    assert "tel:" not in unnamed


def test_without_a_form_it_is_said_how_reports_come_in(parts: Any) -> None:
    """Nobody is led to a command as the only way, and no form is claimed that is not there."""
    told, named = parts()["ways-to-report"], parts(ReportDesk(words="Put it into the <red> box."))["ways-to-report"]
    assert "There is no form and no telephone number for reports here yet." in told
    assert told.index("Tell your supervisor") < told.index("nearmiss report")
    assert "There is no form" not in named
    assert "Put it into the &lt;red&gt; box." in named


def test_whom_to_call_never_points_at_a_poster(parts: Any, repo_root: Path, make_data: MakeData) -> None:
    """The words that come with the program do, so they are shown nowhere, in no language; a register's own are."""
    german = words_in("de", [repo_root / "templates"])
    call = {"not_safe_call": german.plain(CALL_AS_SHIPPED)}
    assert call["not_safe_call"] != CALL_AS_SHIPPED
    assert said_of_call(Library(home=make_data(settings=call), words=german)) == ""
    settings = read_foreign((repo_root / "workflow" / "policy" / "settings.yaml").read_bytes())
    assert settings["not_safe_call"] == CALL_AS_SHIPPED
    assert "not_safe_call" in Settings.model_fields
    assert "poster" not in parts(not_safe_call=CALL_AS_SHIPPED)["whom-to-call"]
    assert "your supervisor" in parts(not_safe_call=CALL_AS_SHIPPED)["whom-to-call"]
    assert "4711" in parts(not_safe_call="4711")["whom-to-call"]
