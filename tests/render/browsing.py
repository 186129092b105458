"""HTML as a browser takes it: which of it are tags, and which are words."""

from __future__ import annotations

from html.parser import HTMLParser


class Tags(HTMLParser):
    """Collects what a browser would take for markup, and for text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, list[tuple[str, str | None]]]] = []
        self.other: list[str] = []
        self.words = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep a tag."""
        self.tags.append((tag, attrs))

    def handle_data(self, data: str) -> None:
        """Keep text."""
        self.words += data

    def handle_comment(self, data: str) -> None:
        """Keep a comment."""
        self.other.append(data)


def parse(html: str) -> Tags:
    """Read HTML as a browser would."""
    tags = Tags()
    tags.feed(html)
    tags.close()
    return tags
