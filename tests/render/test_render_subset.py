"""Markdown in long text of records: the little that is understood, and that nothing else comes of it."""

from __future__ import annotations

import string
import subprocess
import sys
import time
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nearmiss.render import subset
from nearmiss.render.characters import no_address, seen
from nearmiss.render.text import _as_it_is as as_it_is
from nearmiss.render.text import to_line, to_paragraphs
from tests.render.browsing import parse

PAGES = {"NM-2026-7Q4K2": '../2026/a.html?a="1"&b'}
PAGE = '<a href="../2026/a.html?a=&quot;1&quot;&amp;b">'
LED = 'rel="noopener noreferrer nofollow"'

FORMS = {
    "emphasis": ("*a* _b_ **c** __d__", "<em>a</em> <em>b</em> <strong>c</strong> <strong>d</strong>"),
    "both": ("***a***", "<em><strong>a</strong></em>"),
    "a measure": ("10*20*30 mm, a_file_name.txt", "10*20*30 mm, a_file_name.txt"),
    "stars alone": ("2 * 3 * 4 and ***** and ****a****", "2 * 3 * 4 and ***** and ****a****"),
    "taken back": (r"\*a* \_b_ \[c](https://d.example)", "*a* _b_ [c](LINKED)"),
    "paths": (r"C:\_old\*.log and \\server\_share", r"C:\_old\*.log and \\server\_share"),
    "over lines": ("*a\nb*", "<em>a<br>\nb</em>"),
}
CHARACTERS = (
    "# no heading",
    "> no quotation",
    "`no code`",
    "---",
    "|no|table|",
    "[no][reference]",
    "[no]: /reference",
    "~~not struck~~",
    "+ 5 °C",
    "-",
    "-5 °C",
    "3.5 bar",
    "&amp; &lt;",
    "<b>no</b>",
    "![no](picture.png)",
    "[no](relative.html)",
    "[no](/from/the/top)",
    "[no](//other.example)",
    "[no](#place)",
    "[no]()",
    "[no](<>)",
    "[no](mailto:a@b.example)",
    "[no](tel:112)",
    "[no](ftp://a.example)",
    "[no](javascript:alert(1))",
    "[no](JaVaScRiPt:alert(1))",
    "[no](java script:alert(1))",
    "[no](javascript&colon;alert(1))",
    "[no](&#106;avascript:alert(1))",
    "[no](\\x6aavascript:alert(1))",
    "[no](vbscript:x)",
    "[no](data:text/html,<script>alert(1)</script>)",
    "[no](file:///etc/passwd)",
    "[no](https:a.example)",
    "[no](https:/a.example)",
    "[no](https:///a.example)",
    "[no](https://good.example@evil.example)",
    "[no](https://good.example:x@evil.example/)",
    "[no](https://evil.example\\@good.example)",
    "[no](https://evil.example\\.good.example)",
    "[no](https://bücher.example)",
    "[no](https://[::1]/)",
    "[no [no](https:x)](https:y)",
    "https://good.example@evil.example",
    "https://evil.example\\@good.example",
    "https://",
    "https://bücher.example",
    "nohttps://a.example",
    "<javascript:alert(1)>",
)
TEXTS_OF_ATTACK = (
    '<a href="javascript:alert(1)">x</a>',
    "<svg><script>alert(1)</script></svg>",
    "<svg onload=alert(1)>*a*",
    "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<iframe srcdoc='*a*'>",
    "*<img src=x onerror=alert(1)>*",
    "[<img src=x onerror=alert(1)>](https://a.example)",
    '[a](https://a.example/"onmouseover=alert(1))',
    'https://a.example/"onmouseover="alert(1)',
    "[a](https://a.example/?x=javascript:alert(1))",
    "- <script>\n- alert(1)\n- </script>",
    "1. <!--\n2. -->",
    "*a <!-- b* -->",
    "</p></li></ul><script>*a*</script>",
    "<base href=https://evil.example/>_a_",
    "<style>*{background:url(https://evil.example/x)}</style>",
    "<meta http-equiv=refresh content='0;url=https://evil.example'>",
    "{{ 7*7 }} {% raw %} *a* ${7*7} <%= 7*7 %>",
    "*a\x00b* [a\x00](https://a.example) java\x00script:",
    "*a*\u2028- b\u2029<script>",
    "\u202e*gnirts*\u202c \ufeff_x_",
    "<plaintext>*a*",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>*a*",
    "<template>*a*</template><xmp>*b*",
    "&lt;script&gt;*a*&lt;/script&gt;",
    "<![CDATA[*a*]]><?php _b_ ?>",
    "[![a](https://a.example/x.png)](https://b.example)",
    "[a](https://a.example)(https://b.example)[b](javascript:alert(1))",
)


def whole(text: str, address_of: Any = no_address) -> str:
    """Return what the parser makes of a text, whether or not the quick way would do."""
    return subset.marked_up(seen(text), address_of)


def inside(text: str) -> str:
    """Return a text of one paragraph as HTML, without its paragraph."""
    html = to_paragraphs(text, PAGES.get)
    assert html.startswith("<p>")
    assert html.endswith("</p>")
    return html[3:-4]


@pytest.mark.parametrize("name", FORMS)
def test_emphasis_is_for_words_and_leaves_measures_and_paths_alone(name: str) -> None:
    """Stars and lines around words emphasise them; inside a word, in a run of four or after a backslash they do not."""
    text, html = FORMS[name]
    bare = f'<a href="https://d.example" {LED}>https://d.example</a>'
    assert inside(text) == html.replace("LINKED", bare)


@pytest.mark.parametrize("text", CHARACTERS)
def test_all_else_of_markdown_is_the_characters_it_is(text: str) -> None:
    """Headings, code, tables, pictures, HTML and any link but to http(s) or a record are shown, and nothing is made."""
    seen_by_reader = parse(to_paragraphs(text, PAGES.get))
    assert [tag for tag, _ in seen_by_reader.tags] == ["p"]
    assert seen_by_reader.words == text


@pytest.mark.parametrize(
    "text", ["[no](https://a.example/x 'a title')", "[no](https://a.example/x<b>)", "<https://a.example/x>"]
)
def test_an_address_where_no_link_was_made_is_linked_for_itself(text: str) -> None:
    """What is not quite a link is shown as it was typed, and the address in it leads where it says."""
    page = parse(to_paragraphs(text))
    assert [dict(attributes).get("href") for _, attributes in page.tags] == [None, "https://a.example/x"]
    assert page.words == text


def test_numbers_make_a_list_that_keeps_its_numbers() -> None:
    """A list may be numbered and may begin anywhere: a line that begins with a date still says the date."""
    assert to_paragraphs("1. a\n2. b") == "<ol>\n<li>a</li>\n<li>b</li>\n</ol>"
    assert to_paragraphs("3. Mai 2026") == '<ol start="3">\n<li>Mai 2026</li>\n</ol>'


def test_lists_lie_in_each_other_and_may_be_loose() -> None:
    """What is further in belongs to the item above; blank lines between items make paragraphs of them."""
    assert to_paragraphs("- a\n  - b\n- c") == ("<ul>\n<li>a\n<ul>\n<li>b</li>\n</ul>\n</li>\n<li>c</li>\n</ul>")
    assert to_paragraphs("- a\n\n- b") == "<ul>\n<li>\n<p>a</p>\n</li>\n<li>\n<p>b</p>\n</li>\n</ul>"


def test_a_link_says_to_which_host_it_leads() -> None:
    """The host stands behind the words, whatever they claim; it is not said twice."""
    assert inside("[the *rule*](https://a.example/x_(y)?b=1&c=2)") == (
        f'<a href="https://a.example/x_(y)?b=1&amp;c=2" {LED}>the <em>rule</em></a> (a.example)'
    )
    assert inside("[https://good.example](http://evil.example:8080)") == (
        f'<a href="http://evil.example:8080" {LED}>https://good.example</a> (evil.example:8080)'
    )
    assert inside("[a.example](https://a.example/x)") == f'<a href="https://a.example/x" {LED}>a.example</a>'


@pytest.mark.parametrize(
    "around", ["{}", "({})", "<{}>", "See {}.", "{}, and", "_{}_", "**{}**", "“{}”", "{}!", "![x]({})", "{}\nnext"]
)
def test_an_address_in_the_text_is_a_link_without_what_stands_around_it(around: str) -> None:
    """A bare address leads where it says; brackets, marks and the end of the sentence are no part of it."""
    address = "https://a.example/x_y_z/(1)?a=b*c*d&e#f"
    links = [attributes for tag, attributes in parse(inside(around.format(address))).tags if tag == "a"]
    assert links == [[("href", address), ("rel", "noopener noreferrer nofollow")]]


def test_a_link_to_a_record_leads_to_its_page() -> None:
    """An id as address leads to the page of the record; where there is none, the words and the id are shown."""
    assert inside("[the trailer](NM-2026-7Q4K2)") == f"{PAGE}the trailer</a>"
    assert inside("[the trailer](NM-2026-00000)") == "the trailer (NM-2026-00000)"
    assert inside("[NM-2026-00000](NM-2026-00000)") == "NM-2026-00000"
    assert inside("*NM-2026-7Q4K2*") == f"<em>{PAGE}NM-2026-7Q4K2</a></em>"


@pytest.mark.parametrize(
    "words, shown",
    [
        ("NM-2026-7Q4K2", f"{PAGE}NM-2026-7Q4K2</a>"),
        ("see nm-2026-7q4k2", "see nm-2026-7q4k2"),
        ("NM-2026-*7Q4K2*", "NM-2026-<em>7Q4K2</em>"),
        ("NM-2026-7Q\u200b4K2", "NM-2026-7Q\u200b4K2"),
        ("NM\u20112026\u20137Q4K2", "NM\u20112026\u20137Q4K2"),
        ("\uff2eM-2026-7Q4K2", "\uff2eM-2026-7Q4K2"),
    ],
)
def test_the_id_of_a_record_leads_nowhere_else(words: str, shown: str) -> None:
    """Words that name a record, or look as if they did, are no link to anything else; the address is shown as text."""
    assert inside(f"[{words}](https://evil.example/x)") == f"{shown} (https://evil.example/x)"
    assert inside(f"[{words}](NM-2026-00000)") == f"{shown} (NM-2026-00000)"


@pytest.mark.parametrize("text", TEXTS_OF_ATTACK)
def test_nothing_of_an_attack_is_lost_or_run(text: str) -> None:
    """HTML of every kind beside marks that are understood: only tags of the subset come out, and safe addresses."""
    assert_safe(to_paragraphs(text, PAGES.get))
    assert_safe(whole(text, PAGES.get))


def assert_safe(html: str) -> None:
    """Look at HTML as a browser does: known tags, known attributes, addresses on http(s) or the page of a record."""
    page = parse(html)
    assert not page.other
    for tag, attributes in page.tags:
        named = dict(attributes)
        assert tag in subset.TAGS
        assert set(named) <= {"a": {"href", "rel"}, "ol": {"start"}}.get(tag, set())
        if tag == "ol":
            assert str(named.get("start", "0")).isdigit()
        if tag == "a":
            address = named["href"] or ""
            assert address in PAGES.values() or address.startswith(("http://", "https://"))
            assert address in PAGES.values() or named["rel"] == subset.REL


NASTY = st.sampled_from(
    [
        *"<>&\"'`/=-*_[]()\\!:#;.+•0123aZ{}|~^%@? \n\t\r",
        *("\u2028", "\u202e", "\xa0", "\x00", "\u3000", "\u200b", "İ", "ß", "🚜"),
        *("- ", "* ", "1. ", "\n\n", "  ", "**", "](", "https://", "http://a.example", "javascript:", "<script>"),
        *("NM-2026-7Q4K2", "-2026-", "NM-2026-00000", "[a](https://a.example)", "[b](NM-2026-7Q4K2)", "&lt;", "-->"),
    ]
)
TEXTS = st.lists(NASTY, max_size=40).map("".join) | st.text(max_size=60)


@given(TEXTS)
def test_no_text_makes_a_tag_of_its_own(text: str) -> None:
    """Whatever the text, only tags of the subset come out, with a safe address at most."""
    assert_safe(to_paragraphs(text, PAGES.get))
    assert_safe(to_line(text, PAGES.get))


PLAIN = st.lists(
    st.sampled_from(
        [*string.ascii_letters, *"<>&\"'`/=-+()\\!:#;.]{}|~^% \n\r\t012\x00\u2028İß🚜", "NM-2026-7Q4K2", "\n\n"]
    ),
    max_size=60,
).map("".join)


@given(PLAIN | TEXTS)
@example("a  \n   b\n \n\n c")
@example("- ")
@example("\ufeff\u200b")
def test_the_quick_way_and_the_whole_way_say_the_same(text: str) -> None:
    """A text without a mark of the subset is not parsed, and comes out byte for byte as if it were."""
    words = seen(text)
    if not words or words == "redacted":
        return
    parsed = subset.marked_up(words, PAGES.get)
    assert to_paragraphs(text, PAGES.get) == (parsed or as_it_is(words, PAGES.get))


def test_a_text_without_marks_needs_no_parser() -> None:
    """The quick way is taken: neither the parser nor the sanitiser is loaded for a plain text."""
    program = (
        "import sys; from nearmiss.render.text import to_paragraphs as show; show('Plain (5 - 3), & <b>.\\n\\nNext.');"
        "print([n for n in ('markdown_it', 'nh3') if n in sys.modules]); show('*a*');"
        "print([n for n in ('markdown_it', 'nh3') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["[]", "['markdown_it', 'nh3']"]


@pytest.mark.parametrize(
    "text",
    ["".join("  " * n + "- a\n" for n in range(40)), "*a " * 40 + "a* " * 40, "- " * 60 + "end", "1. " * 60 + "end"],
)
def test_a_text_nested_deeper_than_anybody_writes_is_shown_as_it_is(text: str) -> None:
    """Nothing is lost where the parser would stop looking: the characters stand there, and no tag lies deep."""
    page = parse(to_paragraphs(text))
    assert {tag for tag, _ in page.tags} <= {"p", "br"}
    assert page.words.split() == text.split()


GROWING = {
    "brackets": "[",
    "stars": "*",
    "open emphasis": "*a ",
    "closed emphasis": "a* ",
    "crossing emphasis": "*a _b ",
    "uneven emphasis": "**a *",
    "bullets in a line": "- ",
    "items": "- a\n",
    "loose items": "- a\n\n",
    "links begun": "[a](",
    "links": "[a](https://a.example) ",
    "addresses": "http://a ",
    "addresses begun": "http://",
    "brackets in an address": "http://a/(",
    "a long host": "-",
    "backslashes": "\\*",
    "long words in brackets": "[aaaaaaaa",
    "ids": "[NM-2026-7Q4K2](",
}


@pytest.mark.parametrize("name", GROWING)
def test_the_work_grows_as_the_text_does(name: str) -> None:
    """Four times the text is some four times the work, however it is made, where careless parsers take sixteen."""
    begin = "https://a" if name == "a long host" else "*x* "

    def calls(size: int) -> int:
        text = begin + GROWING[name] * (size // len(GROWING[name]))
        return work(lambda: to_paragraphs(text, PAGES.get))

    to_paragraphs("*x*")  # the parser is made, and its regular expressions are
    assert calls(16_000) < 6 * calls(4_000) + 1_000


def work(job: Any) -> int:
    """Count the calls of Python that a job makes: unlike its time, the same on every day."""
    count = 0

    def note(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(note)
    try:
        job()
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("piece", ["[", "[aaaaaaaa", "[a](http://a/(", "http://a-", "_[", "a ", " \n"])
def test_a_hundred_thousand_characters_are_no_burden(piece: str) -> None:
    """The work inside regular expressions, which calls do not show, grows as the text does too."""

    def seconds(size: int) -> float:
        text = "*x* " + piece * (size // len(piece)) + "."
        begun = time.process_time()
        to_paragraphs(text, PAGES.get)
        return time.process_time() - begun

    assert min(seconds(100_000) for _ in range(2)) < 10 * seconds(25_000) + 0.5
