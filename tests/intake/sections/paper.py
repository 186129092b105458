"""A form as a browser reads it off a page: every name with all its values, as it would be sent untouched."""

from __future__ import annotations

from html.parser import HTMLParser


class Paper(HTMLParser):
    """Reads the form of a section: `sent` is what a browser would send, `asked` what a person can answer."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.sent: dict[str, list[str]] = {}
        self.ids: list[str] = []
        self.described: list[str] = []
        self.labelled: set[str] = set()
        self.asked: list[dict[str, str]] = []
        self._is_open = False
        self._select: list[tuple[str, bool]] = []
        self._name = ""
        self._text: list[str] | None = None
        self._wrapped = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what a tag adds."""
        said = {name: value or "" for name, value in attrs}
        self.ids += [said["id"]] if "id" in said else []
        self.described += said.get("aria-describedby", "").split()
        if tag == "form":
            self._is_open = "section" in said.get("class", "").split()
        if tag == "label":
            self.labelled.add(said.get("for", ""))
            self._wrapped += "for" not in said
        if self._is_open:
            self._note(tag, said)

    def _note(self, tag: str, said: dict[str, str]) -> None:
        name = said.get("name", "")
        if tag in {"input", "select", "textarea"} and said.get("type") != "hidden":
            self.asked.append({**said, "wrapped": "yes" if self._wrapped else ""})
        if tag == "input" and name and (said.get("type") not in {"checkbox", "radio"} or "checked" in said):
            self._add(name, said.get("value", ""))
        elif tag == "select":
            self._name, self._select = name, []
        elif tag == "option" and self._name:
            self._select.append((said.get("value", ""), "selected" in said))
        elif tag == "textarea":
            self._name, self._text = name, []

    def _add(self, name: str, value: str) -> None:
        self.sent.setdefault(name, []).append(value)

    def handle_endtag(self, tag: str) -> None:
        """End what a tag began."""
        if tag == "form":
            self._is_open = False
        elif tag == "label":
            self._wrapped = 0
        elif tag == "select" and self._name:
            chosen = [value for value, is_chosen in self._select if is_chosen] or [self._select[0][0]]
            self._add(self._name, chosen[-1])
            self._name = ""
        elif tag == "textarea" and self._text is not None:
            # The first line break after the tag is not part of the text; a browser sends two characters for others.
            self._add(self._name, "".join(self._text).removeprefix("\n").replace("\n", "\r\n"))
            self._name, self._text = "", None

    def handle_data(self, data: str) -> None:
        """Note the text of a text area."""
        if self._text is not None:
            self._text.append(data)
