"""What a person has set for themselves in git, read where no repository has a say in it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from nearmiss.vcs.children import start
from nearmiss.vcs.environment import REDIRECTING

SCOPES = ("--global", "--system")


def personal_setting(name: str) -> str:
    """Return a setting of the person, else of the machine, or an empty text; a repository's own never counts.

    The folder in which git is asked is the top of the file system, so that it does not come near the repository that
    the person is in: whoever sent it may have written its configuration.
    """
    environment = {key: value for key, value in os.environ.items() if key not in REDIRECTING}
    top = Path(os.sep)
    for scope in SCOPES:
        words = ["config", scope, "--includes", "--get", name]
        with start(words, environment=environment, directory=top, stderr=subprocess.DEVNULL) as child:
            said = child.communicate()[0].decode("utf-8", "replace").strip()
        if child.returncode == 0 and said:
            return said
    return ""
