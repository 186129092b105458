"""Damage done to the form of a record, as editors, mail programs and hurried hands do it."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from pathlib import Path

from nearmiss.store.layout import lay_out
from nearmiss.store.nodes import parse
from nearmiss.store.spellings import is_plain, values_in

EXAMPLES = sorted((Path(__file__).parents[1] / "examples" / "accepted").glob("*.yaml"))
DATE = re.compile(r"[0-9]{4}-[0-9]{2}(?:-[0-9]{2})?")

Damage = Callable[[str, random.Random], str]


def unquote_dates(text: str, chance: random.Random) -> str:
    """Take the quotes off some dates."""
    for _, node in sorted(values_in(parse(text)), key=lambda found: -found[1].start):
        if DATE.fullmatch(str(node.text)) and not is_plain(node, text) and chance.random() < 0.7:
            text = text[: node.start] + str(node.text) + text[node.end :]
    return text


def spell_truths(text: str, chance: random.Random) -> str:
    """Spell truth values and `yes` as other programs do."""
    for _, node in sorted(values_in(parse(text)), key=lambda found: -found[1].start):
        if is_plain(node, text) and node.text in {"true", "false"}:
            text = text[: node.start] + chance.choice([node.text.title(), node.text.upper()]) + text[node.end :]
        elif not is_plain(node, text) and node.text in {"yes", "no"}:
            text = text[: node.start] + node.text + text[node.end :]
    return text


def shuffle_keys(text: str, chance: random.Random) -> str:
    """Put the record's own keys in any order."""
    layout = lay_out(text)
    assert layout is not None
    keys = layout.keys()
    chance.shuffle(keys)
    return layout.ordered(keys).text()


def drop_modeline(text: str, chance: random.Random) -> str:
    """Lose the first line, or have another one."""
    other = chance.choice(["", "# yaml-language-server: $schema=near-miss.json\n", "---\n", "%YAML 1.2\n---\n"])
    return other + text.partition("\n")[2]


def add_spaces(text: str, chance: random.Random) -> str:
    """Leave spaces and tabs behind on lines of keys and comments."""
    lines = text.split("\n")
    spaced = {line for line in lines if re.fullmatch(r"(?:\S.*)?[a-z_]+:(?: [0-9a-z\"-]+)?|#.*", line)}
    return "\n".join(
        line + chance.choice([" ", "   ", "\t"]) if line in spaced and chance.random() < 0.5 else line for line in lines
    )


def add_comments(text: str, chance: random.Random) -> str:
    """Comment the record's own keys, above and beside them, and say something at the end."""
    lines = text.split("\n")
    for place in range(len(lines) - 1, 0, -1):
        if re.match(r"[a-z_]+:", lines[place]) and chance.random() < 0.4:
            lines.insert(place, f"# about {lines[place].partition(':')[0]} {place}")
        elif re.fullmatch(r"[a-z_]+:", lines[place]) and chance.random() < 0.4:
            lines[place] += f" # beside {place}"
    return "\n".join(lines) + chance.choice(["", "# the end\n"])


def drop_last_line_end(text: str, chance: random.Random) -> str:
    """Stop before the last line ends, or say `...` there."""
    return chance.choice([text.removesuffix("\n"), text + "...\n"])


def end_lines_otherwise(text: str, chance: random.Random) -> str:
    """End lines as other systems do."""
    return text.replace("\n", chance.choice(["\r\n", "\r\n", "\r"]))


def mark_bytes(text: str, chance: random.Random) -> str:
    """Begin with a byte order mark."""
    del chance
    return "\ufeff" + text


DAMAGES: tuple[Damage, ...] = (
    add_comments,
    unquote_dates,
    spell_truths,
    shuffle_keys,
    add_spaces,
    drop_modeline,
    drop_last_line_end,
    end_lines_otherwise,
    mark_bytes,
)
"""In the order in which they can be done to one text: the later ones hide what the earlier ones look for."""


def comments_of(text: str) -> list[str]:
    """Return the comments of a text, sorted, without the one that names the schema."""
    found = re.findall(r"(?:^|(?<=\s))# (?:about|beside|the end|expect)[^\n]*", text.removeprefix("\ufeff"))
    return sorted(comment.rstrip() for comment in found)
