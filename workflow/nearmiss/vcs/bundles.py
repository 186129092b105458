"""A bundle: one branch's whole history in one file, from which any git can make a repository again."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nearmiss.vcs.children import Git

SHA256_DIGITS = 64
SETTINGS = ("-c", "pack.threads=1", "-c", "core.commitGraph=false", "-c", "pack.useBitmaps=false")
PACKING = ("pack-objects", "--stdout", "--revs", "--no-reuse-delta", "--no-reuse-object", "--window=10", "-q")
"""Made anew by one thread, so that the same history gives the same bytes however the repository stores it."""


def bundle_of(git: Git, *, head: str, branch: str) -> bytes:
    """Return a commit and all that lies behind it as a bundle with one branch.

    Its header is written here: git itself bundles only what a reference points to, and reading must not make one.
    """
    wide = len(head) == SHA256_DIGITS
    header = "# v3 git bundle\n@object-format=sha256\n" if wide else "# v2 git bundle\n"
    return f"{header}{head} {branch}\n\n".encode() + git.run(*SETTINGS, *PACKING, stdin=f"{head}\n".encode()).out
