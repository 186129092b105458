"""The search bundle of a built site: Pagefind reads the pages, and a browser asks for small pieces of what it wrote.

Pagefind is a program that comes as a Python package. It sees the built pages and nothing else, so that the index cannot
hold what no page shows. Only pages with a `data-pagefind-body` are read, and of them only what lies inside.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import re
import shutil
import string
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from nearmiss.errors import NearMissError
from nearmiss.site.spelling import word_lists

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

BUNDLE = "pagefind"
"""The folder of the bundle below the site."""

DIGEST = "indexed.txt"
"""The file in the bundle that names what was indexed, so that nothing is indexed twice."""

UNFINISHED = ".nearmiss-search-"
"""What the names of folders begin with in which a bundle is made."""

EXCLUDED = ("[data-pagefind-ignore]", "[data-search-exclude]", "script", "style", "svg")
"""What is no text to find, though it lies inside the body of a page; the first, since it may be the body itself."""

NEEDED = re.compile(
    r"pagefind(-worker)?\.js|pagefind-entry\.json|pagefind\.[^/]+\.pf_meta|wasm\.[^/]+\.pagefind"
    r"|(index|fragment)/.+"
)
"""The files that our own search page asks for; Pagefind's own search boxes are not among them."""

KEPT = ".nearmiss-search"
"""Where the bundle of the last build waits in the output folder, which MkDocs empties, but for hidden names."""

NOTHING_KNOWN: Mapping[str, str | None] = MappingProxyType({})

CHOICES = "choices.gz"
"""The file in the bundle that says which pages each choice of the search page leaves, packed as Pagefind's own are."""

WORDS = "words"
"""The folder in the bundle that has the words of its pages, by their first letter, packed."""

ONE_BUILD = 1800.0
"""Seconds that Pagefind may take; it needs about 15 for 10,000 lessons."""

_PREFACE = b"pagefind_dcd"
_DIGITS = string.digits + string.ascii_lowercase
_SEARCHED = b"data-pagefind-body"
_LANGUAGE = re.compile(rb"<html[^>]*\slang=[\"']?([^\"'\s>]*)")
_LAST_TAG = b"</article>"


class NoSearchProgramError(NearMissError):
    """Pagefind is not there, or not for this kind of machine."""

    def __init__(self) -> None:
        super().__init__(
            "Pagefind, which makes the search of the site, is not installed for this machine.",
            hint="Install `pagefind[bin]`, or build without search: `- nearmiss: {search: false}` in mkdocs.yml.",
        )


class SearchFailedError(NearMissError):
    """Pagefind ended without a bundle."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"Pagefind did not make the search of the site: {reason}",
            hint="Build again, or build without search: `- nearmiss: {search: false}` in mkdocs.yml.",
        )


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """What became of the search: how many pages it covers, and whether a kept bundle was put back."""

    pages: int
    kept: bool


def bundle_of(site_dir: Path) -> Path:
    """Return where the bundle of a built site lies, whether it is there or not."""
    return site_dir / BUNDLE


def put_away_search(site_dir: Path) -> None:
    """Take the bundle of the last build out of MkDocs' way, before it empties the folder.

    What a killed build was making is removed: MkDocs passes hidden folders by, and in it are words of pages that may
    since have been withdrawn.
    """
    for unfinished in site_dir.glob(f"{UNFINISHED}*"):
        shutil.rmtree(unfinished, ignore_errors=True)
    if bundle_of(site_dir).is_dir():
        _move(bundle_of(site_dir), site_dir / KEPT)


def write_search(site_dir: Path, keys: Mapping[str, str | None] = NOTHING_KNOWN) -> Bundle:
    """Put a bundle into a built site, or the one of the last build back where no page to search has changed.

    `keys` spare reading: by the path of a page, what is the same while the page is, or None where it is not searched.
    A site with no page to search gets no bundle. Raises NoSearchProgramError or SearchFailedError, and then the site
    has none, rather than an old one.
    """
    bundle, aside = bundle_of(site_dir), site_dir / KEPT
    pages, digest = _read(site_dir, keys)
    kept = next((known for known in (bundle, aside) if pages and is_current(known, digest)), None)
    if kept:
        _move(kept, bundle)
    else:
        remove_search(site_dir)
        if pages:
            _index(site_dir, bundle, digest)
    shutil.rmtree(aside, ignore_errors=True)
    return Bundle(pages=pages, kept=kept is not None)


def remove_search(site_dir: Path) -> None:
    """Take the bundle out of a site that is built without search."""
    shutil.rmtree(bundle_of(site_dir), ignore_errors=True)
    shutil.rmtree(site_dir / KEPT, ignore_errors=True)


def is_current(bundle: Path, digest: str) -> bool:
    """Say whether a bundle was made of the pages that have this digest."""
    try:
        return (bundle / DIGEST).read_text(encoding="ascii", errors="replace").strip() == digest
    except OSError:
        return False


def _read(site_dir: Path, keys: Mapping[str, str | None]) -> tuple[int, str]:
    """Return how many pages are searched, and a digest of all that Pagefind would read of them."""
    whole, number = hashlib.blake2b(_how().encode(), digest_size=20), 0
    for path in sorted(_html(site_dir)):
        content = _key(keys[path]) if path in keys else _searched_part((site_dir / path).read_bytes())
        if content:
            number += 1
            for piece in (path.encode(), content):
                whole.update(len(piece).to_bytes(8, "big") + piece)
    return number, whole.hexdigest()


def _key(key: str | None) -> bytes:
    return b"" if key is None else b"key " + key.encode()


def _searched_part(content: bytes) -> bytes:
    """Return a page's language and what lies inside its body; nothing where it has none.

    The frame around it may change, with the day or the commit that it names, and no word is found there.
    """
    start = content.find(_SEARCHED)
    if start < 0:
        return b""
    language = _LANGUAGE.search(content)
    end = content.rfind(_LAST_TAG)
    return (language[1] if language else b"") + b" " + content[start : end if end > start else len(content)]


def _how() -> str:
    """Return what else decides about the bundle: the program's version and what we ask of it."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        program = version("pagefind-bin")
    except PackageNotFoundError:
        program = ""
    return "\n".join((program, *EXCLUDED, NEEDED.pattern, CHOICES, WORDS))


def _html(site_dir: Path) -> Iterator[str]:
    """Yield the paths of the built pages, which lie anywhere but in the bundle."""
    for folder, folders, names in os.walk(site_dir):
        here = Path(folder).relative_to(site_dir)
        if not here.parts:
            folders[:] = [name for name in folders if name != BUNDLE]
        for name in names:
            if name.endswith(".html"):
                yield (here / name).as_posix()


def _index(site_dir: Path, bundle: Path, digest: str) -> None:
    """Let Pagefind write a bundle beside the place where it goes, and put it there when it is whole."""
    with tempfile.TemporaryDirectory(prefix=UNFINISHED, dir=site_dir) as folder:
        made = Path(folder) / BUNDLE
        _run(site_dir, made, Path(folder))
        _prune(made)
        fragments = _fragments(made)
        (made / CHOICES).write_bytes(_packed(choices_as_json(fragments)))
        _write_words(made / WORDS, fragments)
        (made / DIGEST).write_text(f"{digest}\n", encoding="ascii")
        _move(made, bundle)


def _run(site_dir: Path, made: Path, empty: Path) -> None:
    """Run Pagefind in a folder without a configuration, and without what the surroundings would have it do."""
    excluded = [word for selector in EXCLUDED for word in ("--exclude-selectors", selector)]
    surroundings = {key: value for key, value in os.environ.items() if not key.startswith("PAGEFIND_")}
    try:
        done = subprocess.run(  # noqa: S603 - the program of an installed package, and paths of ours
            [_program(), "--site", site_dir.resolve(), "--output-path", made.resolve(), "--silent", *excluded],
            cwd=empty,
            env=surroundings,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=ONE_BUILD,
            check=False,
        )
    except OSError as error:
        raise NoSearchProgramError from error
    except subprocess.TimeoutExpired as error:
        reason = f"it was not done after {ONE_BUILD:.0f} seconds."
        raise SearchFailedError(reason) from error
    if done.returncode or not (made / "pagefind-entry.json").is_file():
        raise SearchFailedError(_last_words(done))


def _program() -> Path:
    """Return the program of the package, not one that happens to be on the path."""
    try:
        from pagefind_bin import get_executable  # type: ignore[import-untyped]  # it has no types

        return Path(get_executable())
    except (ImportError, FileNotFoundError) as error:
        raise NoSearchProgramError from error


def _last_words(done: subprocess.CompletedProcess[bytes]) -> str:
    said = (done.stderr + done.stdout).decode(errors="replace").split("\n")
    words = [" ".join(line.split()) for line in said if line.strip()]
    return words[-1] if words else f"it ended with status {done.returncode}."


def _prune(made: Path) -> None:
    """Remove what no page of ours asks for."""
    for path in made.rglob("*"):
        if path.is_file() and not NEEDED.fullmatch(path.relative_to(made).as_posix()):
            path.unlink()


def _fragments(made: Path) -> dict[str, dict[str, Any]]:
    """Return what Pagefind kept of each page, by the id that a result has."""
    packed = {path.stem: gzip.decompress(path.read_bytes()) for path in (made / "fragment").iterdir()}
    return {name: json.loads(content.removeprefix(_PREFACE)) for name, content in packed.items()}


def _packed(content: bytes) -> bytes:
    return gzip.compress(content, mtime=0)


def _write_words(folder: Path, fragments: Mapping[str, Mapping[str, Any]]) -> None:
    folder.mkdir()
    for number, words in word_lists(map(_searched_text, fragments.values())).items():
        (folder / f"{number}.gz").write_bytes(_packed(words.encode()))


def _searched_text(fragment: Mapping[str, Any]) -> str:
    """Return all words by which Pagefind finds a page: its text, and what it is marked with."""
    return " ".join((fragment["content"].replace("\u200b", " "), *fragment["meta"].values()))


def choices_as_json(fragments: Mapping[str, Mapping[str, Any]]) -> bytes:
    """Return the pages, the newest first, and for each kind of choice the values of each page; pure.

    Pagefind could count and narrow down by itself, but it fetches its whole index to do so without a word, and cannot
    count what several ways to say a word find together. Each different set of values is listed once, and `of` names
    the set of each page by `width` digits of base 36. `lessons` says how many of the pages are such: they have a date,
    and so come first.
    """
    pages = sorted(fragments, key=lambda name: (_date(fragments[name]), fragments[name]["url"]), reverse=True)
    names = sorted({name for fragment in fragments.values() for name in fragment["filters"]})
    kinds = {name: _kind([tuple(fragments[page]["filters"].get(name, ())) for page in pages]) for name in names}
    choices = {"pages": pages, "lessons": sum(1 for name in pages if _date(fragments[name])), "kinds": kinds}
    return (json.dumps(choices, ensure_ascii=False, separators=(",", ":")) + "\n").encode()


def _kind(values: Sequence[tuple[str, ...]]) -> dict[str, Any]:
    sets = {values_of_one: at for at, values_of_one in enumerate(sorted(set(values)))}
    width = len(_in_base_36(len(sets) - 1))
    of = "".join(_in_base_36(sets[values_of_one]).rjust(width, "0") for values_of_one in values)
    return {"sets": [list(each) for each in sets], "width": width, "of": of}


def _in_base_36(number: int) -> str:
    digits = ""
    while True:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
        if not number:
            return digits


def _date(fragment: Mapping[str, Any]) -> str:
    return str(fragment["meta"].get("date", ""))


def _move(source: Path, target: Path) -> None:
    if source != target:
        shutil.rmtree(target, ignore_errors=True)
        shutil.move(source, target)
