"""What a site of lessons costs: cold and after changes, beside ordinary MkDocs pages, Hugo, and a build of nothing."""

from __future__ import annotations

import html
import json
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from tests.benchmarks.figures import Figure
from tests.benchmarks.measures import Bench
from tests.benchmarks.register import base_files, grown, read_examples
from tests.benchmarks.serving import SOON, say_otherwise, serving
from tests.benchmarks.timing import Command, Times

SMALLER = 10
"""How many times as many lessons as in the small register there are in the large one."""

CHANGED = 10
"""Records that are changed between two builds."""

PLUGIN = re.compile(r"^- nearmiss$", re.MULTILINE)
BODY = re.compile(r'<div class="nm-lesson.*(?=</article>)', re.DOTALL)
BLOCK = re.compile(r"<(?:h2|p|li|dd)\b[^>]*>(.*?)</(?:h2|p|li|dd)>", re.DOTALL)
TAG = re.compile(r"<[^>]+>")
HUGO = 'baseURL = "/"\ntitle = "Lessons"\ndisableKinds = ["taxonomy", "term", "RSS"]\n'
HUGO_LIST = (
    '<!doctype html><ul>{{ range .Pages }}<li><a href="{{ .RelPermalink }}">{{ .Title }}</a></li>{{ end }}</ul>\n'
)
PLAIN = "without search and audit"
LARGEST = 200 * 1024
"""KiB of memory that a build may take."""


def lessons(bench: Bench, number: int) -> Path:
    """Make a register of lessons with the site of this checkout, or take the one that was made before."""
    place = bench.place.parent / f"{bench.seed}-{number}-lessons"
    words = [sys.executable, "-m", "tests.benchmarks.making", str(bench.checkout), str(place), str(number)]
    subprocess.run([*words, str(bench.seed), "lessons"], check=True, cwd=bench.checkout)
    _lay_down_site(bench, place / "register")
    return place / "register"


def _lay_down_site(bench: Bench, root: Path) -> None:
    """Put the site of the checkout into a register, without search, audit and the pages about the software."""
    for name in ("site", "templates"):
        shutil.rmtree(root / name, ignore_errors=True)
        left_out = shutil.ignore_patterns("_build", "data", "project")
        shutil.copytree(bench.checkout / name, root / name, ignore=left_out)
    configuration = root / "site" / "mkdocs.yml"
    text = configuration.read_text(encoding="utf-8")
    configuration.write_text(PLUGIN.sub("- nearmiss: {search: false, audit: false}", text), encoding="utf-8")
    (root / ".gitignore").write_text("/site/_build/\n", encoding="utf-8")
    _commit(bench, root)


def _commit(bench: Bench, root: Path) -> None:
    bench.git("add", "--all", folder=root).run()
    bench.git("commit", "--quiet", "--allow-empty", "-m", "Go on", folder=root).run()


def sites(bench: Bench) -> Iterator[Figure]:
    """Measure a site of lessons, cold and with a few of them changed; search is measured by itself."""
    many, few = bench.records, max(2, bench.records // SMALLER)
    large, small, none = (lessons(bench, number) for number in (many, few, 0))
    colds = {number: _cold(bench, root) for number, root in ((many, large), (few, small))}
    empty = _cold(bench, none)
    start, ordinary = _ordinary(bench, none).least, _ordinary(bench, small).least
    for number in (few, many):
        # At the larger number it is the smaller one's time, grown in proportion: MkDocs would take minutes, and more.
        yield Figure(
            name=f"site, cold, {PLAIN}", at=f"{number:,} lessons", times=colds[number],
            floor=f"the same as MkDocs pages out of the nav (by {few:,})", goal=1 / 6,
            floor_seconds=start + (ordinary - start) * number / few, most_kib=LARGEST,
        )  # fmt: skip
    hugo = _hugo(bench, large, many)
    if hugo is None:
        sys.stderr.write("hugo is not installed: the site is not measured against it.\n")
    else:
        yield Figure(
            name=f"site, cold, {PLAIN}, processor", at=f"{many:,} lessons", times=_processor(colds[many]),
            floor="hugo on as many pages as large, processor", floor_seconds=_processor(hugo).least, goal=1,
        )  # fmt: skip
    yield Figure(
        name="site, cold, processor per lesson", at=f"{many:,} lessons",
        times=_per_lesson(colds[many], empty, many), floor=f"at {few:,} lessons",
        floor_seconds=_per_lesson(colds[few], empty, few).least, goal=1.2,
    )  # fmt: skip
    yield from _changed(bench, large, none)


def _changed(bench: Bench, large: Path, none: Path) -> Iterator[Figure]:
    build = bench.program("site", "build", folder=large)
    build.run()
    found: list[Times] = []
    empty: list[Times] = []
    for number in range(max(2, bench.rounds // 4)):
        _change(bench, large, number)
        found.append(build.run())
        empty.append(bench.program("site", "build", folder=none).run())
    yield Figure(
        name=f"site, {CHANGED} records changed, {PLAIN}", at=f"{bench.records:,} lessons",
        times=sum(found[1:], found[0]), floor="site of no lessons", floor_seconds=sum(empty[1:], empty[0]).least,
        goal=1.6,
    )  # fmt: skip


def search(bench: Bench) -> Iterator[Figure]:
    """Measure what making the site searchable adds to a cold build."""
    root = lessons(bench, max(2, bench.records // SMALLER))
    without = _cold(bench, root)
    configuration = root / "site" / "mkdocs.yml"
    text = configuration.read_text(encoding="utf-8")
    configuration.write_text(
        text.replace("{search: false, audit: false}", "{search: true, audit: false}"), encoding="utf-8"
    )
    _commit(bench, root)
    yield Figure(
        name="site, cold, with search", at=f"{max(2, bench.records // SMALLER):,} lessons", times=_cold(bench, root),
        floor="the same without search", floor_seconds=without.least,
    )  # fmt: skip


def served(bench: Bench) -> Iterator[Figure]:
    """Measure how soon a page that is served says what a record says now."""
    number = max(2, bench.records // SMALLER)
    root = lessons(bench, number)
    with serving(root, bench.place.parent / "served.txt", {}) as site:
        said = [f"Said otherwise, for the time {round_}" for round_ in range(max(2, bench.rounds // 4))]
        seconds = tuple(site.until(say_otherwise(root, bench.checkout, headline), words=headline) for headline in said)
    _commit(bench, root)
    yield Figure(
        name="site serve, a record changed", at=f"{number:,} lessons", times=Times(seconds=seconds),
        floor="two seconds", floor_seconds=SOON, goal=1,
    )  # fmt: skip


def _cold(bench: Bench, root: Path) -> Times:
    bench.forget(root)
    shutil.rmtree(root / "site" / "_build", ignore_errors=True)
    return bench.program("site", "build", folder=root).run()


def _processor(times: Times) -> Times:
    return Times(seconds=times.processor, peak=times.peak)


def _per_lesson(times: Times, empty: Times, number: int) -> Times:
    least = max(min(times.processor) - min(empty.processor), 1e-9) / number
    return Times(seconds=(least,), peak=times.peak)


def _change(bench: Bench, root: Path, number: int) -> None:
    """Let some lessons say something else, each signed as before, in one commit."""
    chance = random.Random(number)  # noqa: S311 - the same for the same number, no secret
    examples = read_examples(base_files(bench.checkout))
    paths = sorted(root.glob("records/*/*/*.yaml"))
    for path in chance.sample([path for path in paths if path.stem not in examples], min(CHANGED, len(paths) // 2)):
        shutil.rmtree(path.with_suffix(""))
        year, month = map(int, path.relative_to(root).parts[1:3])
        said = {"headline": f"Said otherwise, {chance.random()}"}
        for name, content in grown(examples["NM-2026-2JD6V"], path.stem, (year, month), chance, said).files.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_bytes(content)
    _commit(bench, root)


def _ordinary(bench: Bench, register: Path) -> Times:
    """Build the same pages by MkDocs and its theme alone, from the Markdown that `nearmiss site export` writes.

    The page for addresses that are none asks the plugin where to lead, so it is left to the theme.
    """
    root = bench.place.parent / "ordinary"
    shutil.rmtree(root, ignore_errors=True)
    shutil.copytree(register / "site", root, ignore=shutil.ignore_patterns("_build", "docs", "404.html"))
    bench.program("site", "export", "--output", str(root / "docs"), folder=register).run()
    configuration = root / "mkdocs.yml"
    text = PLUGIN.sub("", configuration.read_text(encoding="utf-8").replace(": {search: false, audit: false}", ""))
    kept = text[: text.index("\nnav:")].replace("\nplugins:\n", "\nplugins: []\n")
    configuration.write_text(f"{kept}\nnav:\n- Home: index.md\n", encoding="utf-8")
    words = (sys.executable, "-m", "mkdocs", "build", "--quiet", "-f", str(configuration))
    return Command(words=words, folder=root, environment={"NO_MKDOCS_2_WARNING": "true"}).run()


def _hugo(bench: Bench, built: Path, number: int) -> Times | None:
    """Build as many pages by Hugo, as large as the built lessons: their text as Markdown, the rest as its template."""
    if shutil.which("hugo") is None:
        return None
    root = bench.place.parent / "hugo"
    shutil.rmtree(root, ignore_errors=True)
    (root / "layouts" / "_default").mkdir(parents=True)
    pages = sorted((built / "site" / "_build" / "lessons").glob("20*/*.html"))
    page = pages[len(pages) // 2].read_text(encoding="utf-8")
    around = BODY.sub("<h1>\0</h1>\1", page, count=1).replace("{{", "{ {")
    padding = "<!--" + "x" * max(0, len(page) - len(around) - len(_as_markdown(pages[len(pages) // 2]))) + "-->"
    template = around.replace("\0", "{{ .Title }}").replace("\1", "{{ .Content }}" + padding)
    (root / "layouts" / "_default" / "single.html").write_text(template, encoding="utf-8")
    (root / "layouts" / "_default" / "list.html").write_text(HUGO_LIST, encoding="utf-8")
    (root / "config.toml").write_text(HUGO, encoding="utf-8")
    folder = root / "content" / "lessons"
    folder.mkdir(parents=True)
    for page_of_ours in pages[:number]:
        head = json.dumps({"title": page_of_ours.stem})
        (folder / f"{page_of_ours.stem}.md").write_text(f"{head}\n\n{_as_markdown(page_of_ours)}\n", encoding="utf-8")
    return Command(words=("hugo", "--quiet"), folder=root).run()


def _as_markdown(page: Path) -> str:
    """Return the text of a built lesson as plain Markdown: its headings, and every other block as a paragraph."""
    found = BODY.search(page.read_text(encoding="utf-8"))
    blocks: Sequence[str] = BLOCK.findall(found[0]) if found else ()
    texts = (" ".join(html.unescape(TAG.sub("", block)).split()) for block in blocks)
    return "\n\n".join(text.replace("<", "\\<").replace("{{", "{ {") for text in texts if text)


SITES: dict[str, Callable[[Bench], Iterator[Figure]]] = {"site": sites, "site-search": search, "site-served": served}
"""Every measure of the site by its name."""
