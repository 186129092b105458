"""Which class a path belongs to: record, policy, site or free. What could change the rules is always policy."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nearmiss.policy.settings import PathClass, Settings

ALWAYS_POLICY = (
    "workflow/policy/",
    "schemas/",
    ".github/",
    ".gitlab/",
    ".gitea/",
    ".forgejo/",
    ".circleci/",
    ".woodpecker/",
    ".husky/",
    ".ci/",
    "hooks/",
)
"""Folders that decide how requests are judged, whatever the map in the settings says."""

ALWAYS_POLICY_NAMES = frozenset(
    {"codeowners", ".mailmap", ".pre-commit-config.yaml", "jenkinsfile", "azure-pipelines.yml", ".woodpecker.yml"}
)


def class_of(path: str, settings: Settings) -> PathClass:
    """Return the class of a path: policy for CI files, hooks and all named `.git*`; else what the settings' map says.

    Paths are compared without regard to case, as some file systems do; what no rule fits is policy.
    """
    folded = path.casefold()
    parts = folded.split("/")
    if folded.startswith(ALWAYS_POLICY) or parts[-1] in ALWAYS_POLICY_NAMES:
        return "policy"
    if any(part.startswith(".git") for part in parts):
        return "policy"
    for rule in settings.paths:
        if _pattern(rule.glob).fullmatch(path):
            return rule.is_
    return "policy"


@lru_cache(maxsize=256)
def _pattern(glob: str) -> re.Pattern[str]:
    """Compile a glob in which `*` stays within a folder and `**` spans folders."""
    words = re.split(r"(\*\*/?|\*)", glob)
    spelled = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*"}
    return re.compile("".join(spelled.get(word, re.escape(word)) for word in words))
