"""What the page about the site says of `lessons.json` is so."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nearmiss.engine.publishing.site_data import SiteData
from nearmiss.site.library import Library
from nearmiss.site.making.lessons_json import lessons_json


def test_each_key_of_lessons_json_is_documented(
    repo_root: Path, make_record: Callable[..., dict[str, Any]], make_data: Callable[..., SiteData]
) -> None:
    """The tables name every key of the file and of a lesson in it, in their order, and no other."""
    text = (repo_root / "site/docs/project/site.md").read_text("utf-8")
    section = text.partition("## All lessons as data")[2].partition("\n## ")[0]
    file, lesson = (
        [name for row in re.findall(r"^\| (`[a-z_`, ]+`) \|", table, re.MULTILINE) for name in re.findall(r"\w+", row)]
        for table in section.split("Each lesson, on a line of its own")
    )
    content = json.loads(b"".join(lessons_json(Library(home=make_data(make_record()))).pieces()))
    assert list(content) == file
    assert list(content["lessons"][0]) == lesson
