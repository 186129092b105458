"""Addresses: where pages will be found."""

from __future__ import annotations

import pytest

from nearmiss.site.addresses import Place


@pytest.mark.parametrize(
    "address, folders, path, full",
    [
        ("https://a.example/x/", False, "lessons/2026/NM-2026-7QTST.md", "https://a.example/x/lessons/2026/NM-2026-7QTST.html"),
        ("https://a.example/x", True, "lessons/2026/NM-2026-7QTST.md", "https://a.example/x/lessons/2026/NM-2026-7QTST/"),
        ("http://a.example/", True, "index.md", "http://a.example/"),
        ("https://a.example/", False, "feeds/a b.atom", "https://a.example/feeds/a%20b.atom"),
        ("", False, "index.md", ""),
        ("javascript://a.example/%0aalert(1)", False, "index.md", ""),
    ],
)  # fmt: skip
def test_a_page_has_a_whole_address_where_the_site_has_one(
    address: str,
    folders: bool,  # noqa: FBT001 - a column of the table
    path: str,
    full: str,
) -> None:
    """The address of the site and the place of the page make one; without the first, or with an odd one, none."""
    assert Place(address=address, folders=folders).full_address(path) == full
