"""The pages of numbers and of the process: charts with tables behind, open work, how reports are handled, and about."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from nearmiss.engine.indicators.comparing import compare
from nearmiss.engine.indicators.ground import year_until
from nearmiss.engine.indicators.open_work import OpenWork, count_open_work
from nearmiss.engine.indicators.privacy import publish, suppressed
from nearmiss.engine.indicators.public_comparison import PublicLine, in_public
from nearmiss.engine.indicators.reckoning import reckon
from nearmiss.engine.publishing.audited import AuditInShort
from nearmiss.engine.records.summaries import Summary
from nearmiss.render.languages import ENGLISH
from nearmiss.site.making.about import SHOWN
from nearmiss.site.making.restatements import _because, comparison_in_words
from nearmiss.site.rules_in_words import kinds_of_states
from nearmiss.store.foreign import read_foreign
from tests.indicators.made import facts, ids, known
from tests.site.conftest import MakeData, Show

MakeRecord = Callable[..., dict[str, Any]]
EMPTY: dict[str, Any] = dict.fromkeys(Summary._fields, "")


@pytest.fixture
def rules(repo_root: Path) -> dict[str, Any]:
    """Return the workflow and the risk matrix that come with the program."""
    folder = repo_root / "workflow" / "policy"
    return {name: read_foreign((folder / f"{name}.yaml").read_bytes()) for name in ("workflow", "risk")}


def sections(body: str) -> dict[str, str]:
    """Return the charts of a page by their names."""
    return {part.split('"')[1]: part for part in re.split(r"(?=<h3 id=)", body)[1:]}


def figures_of(months: dict[str, int], **more: Any) -> Any:
    """Return the public figures of so many reports in each month, to the end of June 2026."""
    given = [
        facts(name, f"{month}-03", **more)
        for letter, (month, number) in zip("ABCDEF", months.items(), strict=False)
        for name in ids(number, letter=letter)
    ]
    return publish(reckon(known(*given), year_until(date(2026, 6, 30))))


def test_each_chart_has_a_picture_and_the_same_as_a_table(
    make_record: MakeRecord, make_data: MakeData, show: Show
) -> None:
    """A picture is whole XML with a name and a description; behind it stands a table with every number in it."""
    records = [make_record(id=name, report__reported_on="2026-03-03") for name in ids(12)]
    records += [make_record(id=name, state="investigated", action_plan=None) for name in ids(7, letter="B")]
    given = [
        *(facts(name) for name in ids(12)),
        *(facts(name, taken=["decline 2026-03-04"]) for name in ids(7, letter="B")),
    ]
    figures = publish(reckon(known(*given), year_until(date(2026, 6, 30))))
    body = show(make_data(*records, figures=figures), "indicators.md")
    charts = sections(body)
    assert set(charts) == {"records_by_state", "reports_by_month", "by-area", "by-hazard", "by-strength"}
    for name in charts:
        [picture] = re.findall(r"<svg.*?</svg>", charts[name], re.DOTALL)
        assert ET.fromstring(picture).get("role") == "img"  # noqa: S314 - our own
        assert "<details" in charts[name]
        assert "<caption>" in charts[name]
    assert ">19<" in charts["reports_by_month"]
    assert ">19<" in charts["by-area"]
    assert ">12<" in charts["by-strength"]
    assert "style=" not in body
    assert "Reports of the period by their area" in charts["by-area"]
    assert "Shipping" in charts["by-area"]
    assert "Built in" in charts["by-strength"]


def test_small_numbers_of_charts_are_in_no_picture(make_record: MakeRecord, make_data: MakeData, show: Show) -> None:
    """Two reports of a hazard are neither a bar nor a number; a class of a small circle is not even a row."""
    records = [make_record(id=name) for name in ids(9)]
    records += [make_record(id=name, assessment__classification="quality") for name in ids(2, letter="B")]
    records += [make_record(id=name, assessment__classification="security") for name in ids(7, letter="C")]
    records += [make_record(id=name, assessment__classification="environment") for name in ids(8, letter="D")]
    settings = {"restricted_classes": ["security"], "language": "en"}
    data = make_data(*records, settings=settings, figures=figures_of({"2026-03": 11}))
    kinds = sections(show(data, "indicators.md"))["by-classification"]
    assert "fewer than 5" in kinds
    assert "Security" not in kinds
    picture, _, table = kinds.partition("<details")
    assert re.findall(r"<td>([^<]*)</td>", table)[1:3] == ["9", "not shown"]
    assert not re.search(r"<td>[28]</td>", table)
    assert not re.search("Quality|Environment", picture)


def test_what_has_too_few_reports_is_one_sentence_and_no_empty_frame(
    make_record: MakeRecord, make_data: MakeData, show: Show
) -> None:
    """A chart without a number is named, once for the page, with why and when it will be there."""
    few = show(
        make_data(*[make_record(id=name) for name in ids(4)], figures=figures_of({"2026-03": 4})), "indicators.md"
    )
    assert sections(few) == {}
    assert "<svg" not in few
    assert few.count("so that nobody can be recognised by it") == 1
    assert "“Records by state”, “Reports by month”" in few
    enough = show(make_data(figures=figures_of({"2026-03": 12})), "indicators.md")
    assert "“Records by state”" in enough
    assert "“Reports by month”" not in enough


def test_long_lists_are_cut_and_what_nobody_used_is_no_chart(
    make_record: MakeRecord, make_data: MakeData, show: Show
) -> None:
    """Of thirty areas the smallest are put together; where no report has a hazard, there is no chart of hazards."""
    records = [
        make_record(id=name, report__process_area=f"area-{place % 30}", assessment__hazard=None)
        for place, name in enumerate([*ids(30), *ids(30, letter="B"), *ids(30, letter="C")] * 2)
    ]
    for place, record in enumerate(records):
        record["id"] = f"NM-2026-{place:05d}"
    charts = sections(show(make_data(*records, figures=figures_of({"2026-03": 12})), "indicators.md"))
    assert "by-hazard" not in charts
    assert "All others" in charts["by-area"]
    by_area = charts["by-area"].partition("</section>")[0]
    assert by_area.count('scope="row"') == 13
    assert "Area 29" not in by_area


def test_months_that_are_put_together_say_so(make_record: MakeRecord, make_data: MakeData, show: Show) -> None:
    """Quarters instead of months have both ends in their names; before the first report, the number is not known."""
    record = make_record(report__reported_on="2026-02-03")
    data = make_data(record, figures=figures_of({"2026-02": 2, "2026-03": 9, "2026-05": 8}))
    months = sections(show(data, "indicators.md"))["reports_by_month"]
    assert "January 2026 to March 2026" in months
    assert "several months are put together" in months
    assert "not known" in months
    assert "The last month is not over yet." not in months


def test_the_comparison_tells_what_restates(make_data: MakeData, show: Show) -> None:
    """Three columns, the day and the commit, and how many reports explain it; without a comparison there is none."""
    old = [facts(name) for name in ids(20)]
    late = [facts(name) for name in ids(6, letter="B")]
    past, today = year_until(date(2026, 3, 31)), year_until(date(2026, 6, 30))
    compared = in_public(compare(known(*old), known(*old, *late), period=past, today=today))
    figures = figures_of({"2026-03": 26})
    body = show(make_data(figures=figures, compared=compared), "indicators.md")
    assert "as it was known on 31 March 2026 (commit <code>cccccccccccc</code>)" in body
    assert "Restated by 6 reports: reports that came to the main branch later." in body
    assert "<td>20</td><td>26</td><td>26</td>" in body
    assert "Since the last quarter" not in show(make_data(figures=figures), "indicators.md")
    nothing = replace(compared, lines=())
    assert comparison_in_words(nothing, 200_000, ENGLISH) is None


@pytest.mark.parametrize(
    "line, said",
    [
        ({"is_restated": False}, ""),
        ({"is_by_few": True}, "Restated by fewer than 5 reports."),
        ({"is_by_few": True, "ways": ("the factor",)}, "Restated by fewer than 5 reports, and by: the factor."),
        ({"ways": ("the factor",)}, "Restated by: the factor."),
        ({}, "Restated."),
        ({"records": 7}, "Restated by 7 reports."),
        ({"records": 7, "ways": ("the area", "the site")}, "Restated by 7 reports: the area and the site."),
    ],
)
def test_restatements_are_told_in_sentences(line: dict[str, Any], said: str) -> None:
    """Each case is a sentence of its own."""
    none = suppressed()
    given: dict[str, Any] = {"is_restated": True, "records": 0, "is_by_few": False, "ways": ()} | line
    assert _because(PublicLine(name="reports", then=none, restated=none, now=none, **given), ENGLISH) == said


def test_open_work_is_told_in_numbers(make_data: MakeData, rules: dict[str, Any], show: Show) -> None:
    """How many, how old and where late, with each state by its label; without any rules, that there is nothing."""
    open_ones = [EMPTY | {"state": "reported", "reported_on": "2026-11-01", "area": "shipping"}] * 8
    open_ones += [EMPTY | {"state": "action", "reported_on": "2025-11-01", "due": (("A1", "2026-01-01", ""),)}] * 6
    closed = [EMPTY | {"state": "verified", "reported_on": "2026-11-01"}] * 5
    summaries = [Summary(**given) for given in [*open_ones, *closed]]
    kinds = kinds_of_states(rules)

    def counted(*summaries: Summary) -> OpenWork:
        return count_open_work(summaries, kinds=kinds, restricted=frozenset(), today=date(2026, 11, 22))

    body = show(make_data(rules=rules, open_work=counted(*summaries)), "open-work.md")
    assert "<dt>open reports</dt><dd>14</dd>" in body
    assert "<dt>with something overdue</dt><dd>6</dd>" in body
    charts = sections(body)
    assert set(charts) == {"open-by-state", "open-by-age", "late-by-area"}
    assert "Reported" in charts["open-by-state"]
    assert "more than 365 days" in charts["open-by-age"]
    assert re.search(r">Area not given</th><td>6</td><td>6</td>", charts["late-by-area"])
    hidden = show(make_data(rules=rules, open_work=counted(*summaries[:3])), "open-work.md")
    assert "“What they wait for”, “How old they are” and “Where something is late”" in hidden
    assert not re.search(r"<svg|<dd>|<table|not shown<", hidden)
    assert "There is no open work to show yet." in show(make_data(), "open-work.md")
    assert "Was ansteht" not in body


def test_the_process_is_that_of_the_policy(make_data: MakeData, rules: dict[str, Any], show: Show) -> None:
    """The picture, each step with who may sign and what that means, the deadlines, and a way for those without name."""
    body = show(make_data(rules=rules), "how-we-handle-reports.md")
    assert body.count("<svg") == 1
    for transition in rules["workflow"]["transitions"]:
        assert f"<h3>{transition['label']['en']}</h3>" in body
        assert transition["meaning"] in body
    assert "May be signed by: Quality or EHS lead or Area manager." in body
    assert "it takes two people" in body
    assert "Every report is looked at within 7 days." in body
    assert re.search(r">Very high</th><td>14 days</td><td>21 days</td><td>28 days</td>", body)
    assert '<a href="anonymity.md">Reporting without your name</a>' in body
    german = show(make_data(rules=rules), "how-we-handle-reports.md", "de")
    assert "Untersuchung freigeben" in german
    assert '<q lang="en">' in german
    assert "<q lang" not in body


def test_a_policy_of_ones_own_is_shown_as_it_is(make_data: MakeData, show: Show) -> None:
    """Names without labels are spelt out, text is text, and what is not there is left out."""
    workflow = {
        "states": [{"state": "on-hold", "kind": "open"}, {"state": "gone", "kind": "closed"}],
        "transitions": [
            {
                "name": "let-go",
                "kind": "forward",
                "from": ["on-hold"],
                "to": ["gone"],
                "meaning": "<b>Gone</b>",
                "signers": {"roles": ["big-boss"], "count": 2},
            },
            {"name": "wait", "kind": "keep", "from": ["on-hold"]},
        ],
    }
    risk = {"bands": [{"band": "so-so", "deadlines": {"plan": 3}}]}
    body = show(make_data(rules={"workflow": workflow, "risk": risk}), "how-we-handle-reports.md")
    assert "<h3>Let go</h3>" in body
    assert "May be signed by: Big boss." in body
    assert "it takes two people" in body
    assert "&lt;b&gt;Gone&lt;/b&gt;" in body
    assert re.search(r">So so</th><td></td><td></td><td>3 days</td>", body)
    assert '<a href="anonymity.md">' in body
    assert "The rules of this register cannot be shown." in show(make_data(), "how-we-handle-reports.md")


@pytest.mark.parametrize(
    "audit, said",
    [
        (None, "No audit was made for this site."),
        (
            AuditInShort(outcome="pass", commit="abc", commits=1, records=2, steps=3, signatures=4),
            "<strong>Yes.</strong>",
        ),
        (AuditInShort(outcome="refuse", commit="abc"), "<strong>No.</strong>"),
        (
            AuditInShort(
                outcome="pass",
                commits=1,
                records=2,
                steps=3,
                signatures=4,
                unproven=12,
                began_at="a" * 40,
                began_on="2026-03-01",
            ),
            "<strong>Yes, since 1 March 2026.</strong>",
        ),
        (AuditInShort(outcome="refuse", unproven=1, began_on="2026-03-01"), "<strong>No.</strong>"),
        (AuditInShort(outcome="cut"), "whose history is cut off"),
        (AuditInShort(outcome="none"), "there is no history yet"),
    ],
)
def test_the_audit_is_told(audit: AuditInShort | None, said: str, make_data: MakeData, show: Show) -> None:
    """The page says what the audit found, and where there was none, why."""
    body = show(make_data(audit=lambda: audit), "about.md")
    assert said in body
    assert ("Judged were 1 commit, 2 reports, 3 steps and 4 sign-offs." in body) == ("Yes" in said)
    later = bool(audit and audit.unproven)
    assert ("The proof begins on 1 March 2026, with commit" in body) == later
    assert "audited from its beginning" not in body or not later
    if audit and audit.unproven == 12:
        assert "What came before is not proven (12 commits)" in body
        assert "nearmiss audit --genesis aaaaaaaaaaaa" in body


def test_the_page_about_the_site_tells_what_is_published(
    make_record: MakeRecord, make_data: MakeData, show: Show
) -> None:
    """Commit, day, number of lessons and registers; the fields that are shown, and those that a setting takes away."""
    settings = {"published_fields": [name for name in SHOWN if name != "area"], "restricted_classes": ["security"]}
    other = make_data(make_record(id="NM-2026-BBBBB"), origin="b", origin_label="Plant <B>")
    body = show(make_data(make_record(), settings=settings), "about.md", "en", other)
    assert "Made on 21 November 2026 from commit <code>0123456789ab</code>. There are 2 lessons to read." in body
    assert "This register: 1 lesson" in body
    assert "Plant &lt;B&gt;: 1 lesson" in body
    shown, kept_back = body.split("What is never published")
    assert "<li>the hazard</li>" in shown
    assert "<li>the area</li>" in kept_back
    assert "kept to a small circle, not even as a number" in kept_back
    assert "Security" not in body
