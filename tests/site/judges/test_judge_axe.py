"""axe-core looks at a page or two of each kind, on a phone and on a screen, by day and by night."""

from __future__ import annotations

from itertools import cycle
from typing import Any

import pytest

from tests.site.judges.conftest import Open
from tests.site.judges.judged import Judged
from tests.site.judges.tools import AXE, Found, needed

pytestmark = pytest.mark.browser

COLOURS = ("color-contrast", "link-in-text-block")
"""The rules that hang on the scheme: asked of a page's own part in the other one, too."""

Sight = tuple[int, str, tuple[str, ...]]
ON_A_SCREEN: tuple[Sight, ...] = ((1280, "light", ()), (1280, "dark", COLOURS))
ON_A_PHONE: tuple[Sight, ...] = ((390, "dark", ()), (390, "light", COLOURS))
SCHEMES = {"light": "default", "dark": "slate"}
NARROW = (640, 390, 320)
"""A window of 1280 pixels at 200 %; a phone; 400 %, or 1.4.10 of WCAG."""


def _faults(tab: Any, sight: Sight) -> list[str]:
    """Return what axe finds in a page at a width, in a scheme."""
    width, scheme, rules = sight
    tab.set_viewport_size({"width": width, "height": 844})
    tab.emulate_media(color_scheme=scheme)
    tab.locator(f"body[data-md-color-scheme={SCHEMES[scheme]}]").wait_for()
    asked = ["main", {"runOnly": {"type": "rule", "values": list(rules)}}] if rules else ["html", {}]
    said = tab.evaluate("([part, options]) => axe.run(part, options)", asked)
    return [f"{fault['id']}: {node['html']} {sight}" for fault in said["violations"] for node in fault["nodes"]]


def _sideways(tab: Any) -> list[str]:
    """Return in which narrow windows a page is wider than its window."""
    wide = []
    for width in NARROW:
        tab.set_viewport_size({"width": width, "height": 844})
        if (wanted := tab.evaluate("document.documentElement.scrollWidth")) > width:
            wide.append(f"is {wanted} wide where {width} are there")
    return wide


def test_axe_finds_nothing_and_nothing_scrolls_sideways(judged: Judged, visit: Open) -> None:
    """No kind of page breaks a rule of axe, those of best practice among them, or is wider than its window.

    One page after the other is looked at on a screen or on a phone, by day and by night; where there are two of a kind,
    both. And nothing is refused by the policy, asked of another host, or complained of.
    """
    axe = needed(judged.root, AXE).read_text(encoding="utf-8")
    here = visit(width=1280, reduced_motion="reduce")
    found: Found = {}
    for page, sights in zip(judged.examples, cycle((ON_A_SCREEN, ON_A_PHONE)), strict=False):
        tab = here.open(page)
        tab.evaluate(axe)
        for fault in [fault for sight in sights for fault in _faults(tab, sight)] + _sideways(tab):
            found.setdefault(fault, []).append(page)
        assert tab.evaluate("window.pwned") is None, page
        assert here.refused() == []
    assert found == {}
    assert here.said == []
    assert here.foreign() == []
