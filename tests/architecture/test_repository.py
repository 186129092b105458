"""What is committed: nothing that only makes sense on one machine."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

OF_A_MACHINE = re.compile(rb"(?<![\w.}/-])/(?:work|root|opt|home/[a-z]\w*|Users/\w+)/[\w.]")
"""The beginning of an absolute path on somebody's own machine."""


@pytest.fixture(scope="module")
def committed(repo_root: Path) -> list[Path]:
    """List every file that git tracks here."""
    if not (repo_root / ".git").exists():
        pytest.skip("this is not a git checkout, so nothing says what is committed")
    # The checkout may be another user's, as in a container; reading its list of files runs nothing of theirs.
    command = ["git", "-c", "safe.directory=*", "ls-files", "-z"]
    names = subprocess.run(command, cwd=repo_root, capture_output=True, check=True).stdout
    return [repo_root / name for name in names.decode().split("\0") if name and (repo_root / name).is_file()]


def test_no_path_of_a_machine_is_committed(committed: list[Path], repo_root: Path) -> None:
    """No committed file names a folder of the machine it was written on."""
    found = {
        str(path.relative_to(repo_root)): match.group()
        for path in committed
        if path != Path(__file__) and (match := OF_A_MACHINE.search(path.read_bytes()))
    }

    assert committed
    assert found == {}


@pytest.mark.parametrize("path", ["/root/.cache/x", "see /home/ada/near-miss", "'/opt/main'", "/Users/ada/x"])
def test_path_of_a_machine_is_recognised(path: str) -> None:
    """The pattern knows such paths when it sees them."""
    assert OF_A_MACHINE.search(path.encode())


@pytest.mark.parametrize(
    "text", ["https://example.org/root/orders", "src/root/x", "$HOME/opt/x", "and/or", "/usr/bin/chromium"]
)
def test_other_paths_are_left_alone(text: str) -> None:
    """Addresses, relative paths and places that are the same everywhere are none."""
    assert not OF_A_MACHINE.search(text.encode())
