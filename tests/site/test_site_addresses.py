"""Addresses: where a page is written, and how pages reach each other from wherever they lie."""

from __future__ import annotations

from urllib.parse import urljoin

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nearmiss.site.addresses import Place, address_between, built_path, depth_of

NAMES = st.sampled_from(["a", "b", "index", "lessons", "2026"])
PATHS = st.lists(NAMES, min_size=1, max_size=4).map(lambda parts: "/".join(parts) + ".md")


@pytest.mark.parametrize(
    "path, folders, built",
    [
        ("index.md", False, "index.html"),
        ("a/b.md", False, "a/b.html"),
        ("a/b.md", True, "a/b/index.html"),
        ("a/index.md", True, "a/index.html"),
        ("feed.atom", True, "feed.atom"),
    ],
)
def test_a_page_is_written_where_mkdocs_would_write_it(path: str, folders: bool, built: str) -> None:  # noqa: FBT001
    """With and without a folder for each page; what is no page stays where it is."""
    assert built_path(path, folders=folders) == built
    assert depth_of(path, folders=folders) == built.count("/")


@given(start=PATHS, target=PATHS, folders=st.booleans())
def test_every_address_leads_to_its_page(start: str, target: str, folders: bool) -> None:  # noqa: FBT001
    """What a browser makes of an address is where the page lies, from any page to any other."""
    address = address_between(start, f"{target}#x", folders=folders)
    reached = urljoin(f"http://h/{built_path(start, folders=folders)}", address)
    expected = built_path(target, folders=folders)
    assert reached in {f"http://h/{expected}#x", f"http://h/{expected.removesuffix('index.html')}#x"}


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
