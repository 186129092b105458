"""Words in their order, which of them a later one takes the place of, and how they are answered."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from nearmiss.engine.forges.answers import Answer, Attested, Outcome
from nearmiss.engine.forges.port import Account, Approval, Comment
from nearmiss.engine.forges.replying import escaped, reply_to
from nearmiss.engine.forges.words import Given, overtaken, words_on

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
RUTH = Account(id="7", name="ruth")
LINE = "/sign-off NM-2026-7Q4K2 {} 4f2a91c0"


def comment(text: str, *, minutes: int = 0, number: int = 1, account: Account = RUTH, edited: bool = False) -> Comment:
    """Return a comment."""
    return Comment(
        id=str(number), account=account, text=text, at=NOON + timedelta(minutes=minutes), edited=edited, address=""
    )


def approval(*, minutes: int = 0, head: str = "a" * 40, account: Account = RUTH) -> Approval:
    """Return an approval."""
    return Approval(id="9", account=account, head=head, at=NOON + timedelta(minutes=minutes))


def test_words_come_in_their_order() -> None:
    """Words are ordered by when they were given, then by their numbers, then by their lines."""
    two = comment(f"{LINE.format('b')}\n{LINE.format('a')}", number=10)
    one = comment(LINE.format("c"), number=9)
    last = comment(LINE.format("d"), minutes=2, number=3)

    words = words_on([last, two, one], [approval(minutes=1)])

    assert [word.said for word in words] == ["/sign-off c", "/sign-off b", "/sign-off a", "approved", "/sign-off d"]


@pytest.mark.parametrize(
    "words, places",
    [
        ([comment(LINE.format("a")), comment(LINE.format("a"), minutes=1)], {0}),
        ([comment(LINE.format("a")), comment(LINE.format("b"), minutes=1)], set()),
        ([comment(LINE.format("a")), approval(minutes=1)], {0}),
        ([approval(), comment(LINE.format("a"), minutes=1)], {0}),
        ([comment(LINE.format("a")), comment(LINE.format("a"), minutes=1, edited=True)], {0}),
        ([comment(LINE.format("a")), comment(LINE.format("a"), minutes=1, account=Account(id="8", name="x"))], set()),
        ([comment(LINE.format("a"), account=Account(id="", name="")) for _ in range(2)], set()),
    ],
)
def test_later_words_take_the_place_of_earlier_ones(words: list[Comment | Approval], places: set[int]) -> None:
    """The last word of an account on a step counts, or none does."""
    comments = [word for word in words if isinstance(word, Comment)]
    approvals = [word for word in words if isinstance(word, Approval)]

    assert overtaken(words_on(comments, approvals)) == places


def test_an_approval_of_what_nobody_knows() -> None:
    """Where the forge does not say which commit was looked at, the approval does not count."""
    [word] = words_on([], [approval(head="")])

    assert word.is_review
    assert word.problem == "The forge does not say which commit was looked at. Post the line instead."


@pytest.mark.parametrize("minutes", [-1, 1])
def test_an_approval_without_a_commit_beside_a_line(minutes: int) -> None:
    """Whoever posted the line is not told about a button that they pressed as well, before it or after."""
    words = words_on([comment(LINE.format("a"))], [approval(head="", minutes=minutes)])

    assert [word.said for word in words] == ["/sign-off a"]
    assert overtaken(words) == set()


def test_an_approval_of_a_program() -> None:
    """A program approves nothing."""
    [word] = words_on([], [approval(account=Account(id="1", name="bot", is_bot=True))])

    assert word.problem == "A program wrote it, and only people give their word."


@pytest.mark.parametrize("text", ["@all", "<b>", "[x](y)", "`x`", "*x*", "_x_", "#1", "!1", "~x~", "&lt;", "a|b", "\\"])
def test_text_is_shown_as_it_is(text: str) -> None:
    """Nothing that comes from outside is formatted, linked, or calls anybody."""
    assert not set(escaped(text)) & set("@<>[]()`*_!~|\\{}+")
    assert "#" not in escaped(text).replace("&#", "")


def test_text_is_one_line() -> None:
    """Line ends and what nobody sees become blanks."""
    assert escaped("a\n\u2028\u202e b\x1b[2J") == "a b &#91;2J"


def answer(outcome: Outcome, message: str, *, by: str = "", **more: str) -> Answer:
    """Return an answer to a line."""
    given = Given(id="1", account=RUTH, at=NOON, address=more.get("address", ""), transition="investigate")
    return Answer(given=given, outcome=outcome, message=message, by=by)


def test_the_answer_tells_what_stands() -> None:
    """What has just become a sign-off and what was one already are told alike, so that the answer stays as it is."""

    def told(outcome: Outcome) -> str:
        answers = (answer(outcome, "whatever", by="r.meyer", address="https://f.example/1"),)
        return reply_to(Attested(number=1, address="", subject="", branch="", head="", answers=answers, verdict="pass"))

    assert told(Outcome.ATTESTED) == told(Outcome.ALREADY)
    assert told(Outcome.ALREADY).split("\n") == [
        "**Words on this request**",
        "",
        "- ✅ [/sign-off investigate](https://f.example/1) of r.meyer: counts; it is a sign-off on the branch.",
        "",
        "Everything is signed: this request can be merged.",
    ]


def test_the_answer_to_what_does_not_count() -> None:
    """An account that is nobody's is told by its number; addresses are those of the web only."""
    answers = (answer(Outcome.REFUSED, "Not <so>.", address="javascript:x"),)
    done = Attested(
        number=1,
        address="",
        subject="",
        branch="",
        head="",
        answers=answers,
        verdict="waiting",
        waiting=("1 more",),
    )

    lines = reply_to(done).split("\n")

    assert lines[2] == "- ❌ /sign-off investigate of account 7: Not &#60;so&#62;."
    assert lines[4:] == ["It still waits:", "- 1 more"]


def test_the_word_of_a_comment() -> None:
    """A word says whose it is, where and when it was given, on what, and why it cannot count, if so."""
    signs, objects = "/sign-off NM-2026-7Q4K2 verify 4f2a91c0", "/object NM-2026-7Q4K2 verify 4f2a91c1 because: No."
    text = f"{signs}\n{objects}\n/sign-off"
    said = Comment(id="31", account=RUTH, text=text, at=NOON, edited=False, address="https://forge/31")
    common = {"id": "31", "account": RUTH, "at": NOON, "address": "https://forge/31"}
    about = {"subject": "NM-2026-7Q4K2", "transition": "verify"}

    first, second, third = words_on([said], [])

    assert first == Given(verdict="approve", digits="4f2a91c0", place=0, **about, **common)  # type: ignore[arg-type]  # plain values
    assert second == Given(verdict="object", digits="4f2a91c1", because="No.", place=1, **about, **common)  # type: ignore[arg-type]  # plain values
    assert third.problem.startswith("This line cannot be read. It is written alone on its line: ")
    assert third.place == 2


@pytest.mark.parametrize(
    "account, edited, problem",
    [
        (RUTH, True, "The comment was edited, so nobody can tell who wrote what it says now. Post the line anew."),
        (
            Account(id="", name=""),
            False,
            "Its account is gone, or it was brought in from elsewhere, so nobody can tell who wrote it.",
        ),
        (Account(id="7", name="x", is_bot=True), False, "A program wrote it, and only people give their word."),
    ],
)
def test_the_word_of_nobody(account: Account, edited: bool, problem: str) -> None:  # noqa: FBT001 - a row of a table
    """A word of which nobody can tell who gave it says why."""
    [word] = words_on([comment(LINE.format("a"), account=account, edited=edited)], [])

    assert word.problem == problem


def test_the_word_of_a_review() -> None:
    """An approval says which commit was looked at; where the forge does not tell, it cannot count."""
    given = Approval(id="9", account=RUTH, head="a" * 40, at=NOON, address="https://forge/9")
    unknown = Approval(id="9", account=RUTH, head="", at=NOON, address="https://forge/9")

    told, untold = (words_on([], [approval])[0] for approval in (given, unknown))

    assert told == Given(id="9", account=RUTH, at=NOON, address="https://forge/9", head="a" * 40)
    assert (untold.head, untold.address) == ("?", "https://forge/9")
    assert untold.problem == "The forge does not say which commit was looked at. Post the line instead."
