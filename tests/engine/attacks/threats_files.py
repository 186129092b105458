"""Attacks by what files and messages say: YAML that reads in two ways or never ends, text that is more than text."""

from __future__ import annotations

from tests.engine.attacks.ground import PATH, SIGNED, Ground
from tests.engine.attacks.threat import Made, Threat, adding, on_main

ROWS = {
    "a second document": "YAML: a second document",
    "a duplicate key": "YAML: a duplicate key",
    "tags": "YAML: tags",
    "an alias bomb": "YAML: an alias bomb",
    "a directive": "YAML: a directive",
    "deep nesting": "YAML: deep nesting",
    "a huge scalar": "YAML: a scalar of ten megabytes",
    "NUL": "YAML: NUL",
    "a byte order mark": "YAML: a byte order mark",
    "invalid UTF-8": "YAML: invalid UTF-8",
    "NaN": "YAML: NaN",
}
TRAILERS, OPTION, ESCAPES = (
    "text: approving lines in messages and titles",
    "text: a leading dash that reaches git",
    "text: terminal escapes",
)


def _harmless(ground: Ground) -> str:
    return ground.commit(ground.edited({"lesson.headline": "Look twice"}))


def _ending(raw: bytes) -> Made:
    """Return the making of a request in which a record ends so."""
    return adding(lambda ground: {PATH: ground.text() + raw})


def _instead(old: bytes, new: bytes) -> Made:
    return adding(lambda ground: {PATH: ground.text().replace(old, new, 1)})


def _nested(opening: bytes, closing: bytes, depth: int = 100_000) -> bytes:
    return b"extra: " + depth * opening + depth * closing + b"\n"


BOMB = b"a: &a [x, x, x, x, x, x, x, x, x]\n" + b"".join(
    b"%c: &%c [%s]\n" % (letter, letter, b", ".join(9 * [b"*%c" % (letter - 1)]))
    for letter in range(ord("b"), ord("k"))
)

SHAPES: dict[str, dict[str, Made]] = {
    "a second document": {
        "after it": _ending(b"---\nstate: verified\n"),
        "ended and begun": _ending(b"...\nstate: verified\n"),
    },
    "a duplicate key": {
        "the state": _ending(b"state: verified\n"),
        "in quotes": _ending(b'"state": verified\n'),
        "spelt with an escape": _ending(b'"stat\\x65": verified\n'),
    },
    "tags": {
        "that runs code": _ending(b"extra: !!python/object/apply:os.system [id]\n"),
        "of our own making": _ending(b"extra: !secret x\n"),
        "on the state": _instead(b"state: reported", b"state: !!str reported"),
    },
    "an alias bomb": {
        "nine times nine": _ending(BOMB),
        "one alias": _ending(b"extra: &x {a: 1}\nmore: *x\n"),
        "a merge key": _ending(b"extra:\n  <<: {state: verified}\n"),
        "an anchor that nobody uses": _instead(b"state: reported", b"state: &s reported"),
    },
    "a directive": {
        "of a version": adding(lambda ground: {PATH: b"%YAML 1.1\n---\n" + ground.text()}),
        "of a tag": adding(lambda ground: {PATH: b"%TAG ! tag:x,2000:\n---\n" + ground.text()}),
    },
    "deep nesting": {
        "lists": _ending(_nested(b"[", b"]")),
        "mappings": _ending(_nested(b"{a: ", b"}")),
        "blocks": _ending(b"extra:\n" + b"".join(b" " * n + b"- \n" for n in range(1, 600))),
    },
    "a huge scalar": {
        "ten megabytes": _ending(b"extra: " + 10_000_000 * b"x" + b"\n"),
        "just above what is read": _ending(b"extra: " + (1 << 20) * b"x" + b"\n"),
    },
    "NUL": {
        "in a value": _ending(b"extra: a\0b\n"),
        "at the end": _ending(b"\0"),
        "as an escape": _ending(b'extra: "a\\0b"\n'),
    },
    "a byte order mark": {
        "in front": adding(lambda ground: {PATH: b"\xef\xbb\xbf" + ground.text()}),
        "within": _ending(b"\xef\xbb\xbfextra: 1\n"),
        "of sixteen bits": adding(lambda ground: {PATH: ground.text().decode().encode("utf-16")}),
    },
    "invalid UTF-8": {
        "a stray byte": _ending(b"extra: \xff\n"),
        "a letter spelt too long": _ending(b"extra: \xc1\x81\n"),
        "half a pair": _ending(b"extra: \xed\xa0\x80\n"),
        "half a pair as an escape": _ending(b'extra: "\\ud800"\n'),
    },
    "NaN": {
        "as a float": _ending(b"extra: .nan\n"),
        "as a number of risk": _instead(b"severity_potential: 2", b"severity_potential: .NaN"),
        "without end": _instead(b"likelihood: 2", b"likelihood: .inf"),
        "with an exponent": _instead(b"likelihood: 2", b"likelihood: 2e0"),
        "in sixties": _instead(b"likelihood: 2", b"likelihood: 0:02"),
        "in eights": _instead(b"likelihood: 2", b"likelihood: 002"),
    },
}

YAML = tuple(
    Threat(
        row=ROWS[row],
        name=name,
        ground="drafted",
        twin=_harmless,
        made=made,
    )
    for row, cases in SHAPES.items()
    for name, made in cases.items()
)


def _sign_off_ending(raw: bytes) -> Made:
    return lambda ground: ground.commit(
        {SIGNED: ground.text(SIGNED) + raw}, who="r.meyer", on=[ground.more["unsigned"]]
    )


def _message(said: str) -> Made:
    """Return the making of a request that nobody signed, with a message that says somebody did."""
    return lambda ground: ground.commit({PATH: ground.text()}, on=[ground.main], message=said)


def _titled(title: bytes) -> Made:
    return adding(lambda ground: {PATH: b"".join(_with_title(ground.text(), title))})


def _with_title(raw: bytes, title: bytes) -> list[bytes]:
    lines = raw.splitlines(keepends=True)
    return [b"title: " + title + b"\n" if line.startswith(b"title:") else line for line in lines]


BY_MEYER = """Approved-by: R Meyer <r.meyer@example.org>
Signed-off-by: R Meyer <r.meyer@example.org>
/sign-off NM-2026-00001 investigate
"""

THREATS = (
    *YAML,
    Threat(
        row=ROWS["a second document"],
        name="in a sign-off",
        ground="proposed",
        made=_sign_off_ending(b"---\nstatement: {}\n"),
    ),
    Threat(
        row=ROWS["a duplicate key"],
        name="in a sign-off",
        ground="proposed",
        made=_sign_off_ending(b"statement: {}\n"),
    ),
    Threat(
        row=ROWS["an alias bomb"],
        name="in a sign-off",
        ground="proposed",
        made=_sign_off_ending(BOMB),
    ),
    Threat(
        row=ROWS["deep nesting"],
        name="in a sign-off",
        ground="proposed",
        made=_sign_off_ending(_nested(b"[", b"]")),
    ),
    Threat(
        row=ROWS["an alias bomb"],
        name="in the list of people",
        ground="policy",
        made=adding(
            lambda ground: {"workflow/policy/people.yaml": ground.text("workflow/policy/people.yaml") + BOMB},
            who="o.haddad",
        ),
    ),
    Threat(
        row=ROWS["deep nesting"],
        name="in the version of the policy",
        ground="policy",
        made=adding(lambda _: {"workflow/policy/versions/0002.json": 100_000 * b"["}, who="o.haddad"),
    ),
    Threat(
        row=ROWS["NaN"],
        name="in the version of the policy",
        ground="policy",
        made=adding(
            lambda ground: {
                "workflow/policy/versions/0002.json": ground.text("workflow/policy/versions/0002.json").replace(
                    b'"version":2', b'"version":NaN'
                )
            },
            who="o.haddad",
        ),
    ),
    Threat(
        row=TRAILERS,
        name="in the message",
        ground="proposed",
        made=_message(f"Investigated\n\n{BY_MEYER}"),
        verdict="waiting",
    ),
    Threat(
        row=TRAILERS,
        name="behind signs that some take for ends of lines",
        ground="proposed",
        made=_message("x".join(f"\u2028\u2029\x0b\x0c\x85\r{line}" for line in BY_MEYER.split("\n"))),
        verdict="waiting",
    ),
    *(
        Threat(
            row=TRAILERS,
            name=name,
            ground="drafted",
            made=_titled(title),
            twin=_titled(b"A trailer crept away"),
        )
        for name, title in {
            "in a title, behind a line separator": b'"A trailer\\u2028Approved-by: R Meyer"',
            "in a title, behind a line separator as it is": "A trailer\u2028Approved-by: R Meyer".encode(),
            "in a title, behind a vertical tab": b'"A trailer\\vApproved-by: R Meyer"',
            "in a title, behind a carriage return": b'"A trailer\\rApproved-by: R Meyer"',
            "in a title, behind a line break": b'"A trailer\\nApproved-by: R Meyer"',
            "in a title, behind NEL": b'"A trailer\\NApproved-by: R Meyer"',
        }.items()
    ),
    Threat(
        row=OPTION,
        name="a file called as an option",
        ground="drafted",
        made=on_main(lambda _: {"--exec=id": "x", "-rf": "x"}),
        verdict="pass",
        twin=on_main(lambda _: {"docs/notes.txt": "x"}),
    ),
    Threat(
        row=OPTION,
        name="an author called as an option",
        ground="proposed",
        made=lambda ground: ground.commit(
            {SIGNED: ground.text(SIGNED)}, who="--exec=id@example.org", on=[ground.more["unsigned"]]
        ),
    ),
    Threat(
        row=ESCAPES,
        name="in a title",
        ground="drafted",
        made=_titled(b'"A trailer\\e[2J\\e]0;owned\\a"'),
        twin=_titled(b"A trailer crept away"),
    ),
    Threat(
        row=ESCAPES,
        name="in a title, as they are",
        ground="drafted",
        made=_titled(b"A trailer\x1b[2J"),
        twin=_titled(b"A trailer crept away"),
    ),
    Threat(
        row=ESCAPES,
        name="of eight bits",
        ground="drafted",
        made=_titled(b'"A trailer\\x9b2J"'),
        twin=_titled(b"A trailer crept away"),
    ),
    Threat(
        row=ESCAPES,
        name="that turn the writing round",
        ground="drafted",
        made=_titled(b'"A trailer\\u202eevif"'),
        twin=_titled(b"A trailer crept away"),
    ),
)
