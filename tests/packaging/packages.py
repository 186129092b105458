"""Building the package as others get it, and installing it into an environment of its own without any download."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Built:
    """A wheel and an sdist of this checkout, and what is in them: name to bytes, the sdist's without its top folder."""

    wheel: Path
    sdist: Path
    in_wheel: dict[str, bytes]
    in_sdist: dict[str, bytes]


@dataclass(frozen=True, kw_only=True)
class Place:
    """An environment that has the package installed, as somebody's machine would."""

    bin: Path

    def run(self, *words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
        """Run a program of the environment; the caller judges how it ended."""
        program = [str(self.bin / words[0]), *words[1:]]
        return subprocess.run(program, cwd=cwd, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)

    def python(self, code: str, cwd: Path) -> str:
        """Return what a line of Python prints there."""
        return self.run("python", "-c", code, cwd=cwd).stdout.strip()


def build(source: Path, into: Path, target: str) -> Path:
    """Build a wheel or an sdist with the pinned backend, in process of its own and without a network."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(into)]
    done = subprocess.run(command, cwd=source, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return next(into.glob("*.whl" if target == "wheel" else "*.tar.gz"))


def read_wheel(wheel: Path) -> dict[str, bytes]:
    """Return every file of a wheel."""
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def read_sdist(sdist: Path) -> dict[str, bytes]:
    """Return every file of an sdist, by its name below the top folder."""
    with tarfile.open(sdist) as archive:
        files = {member.name: archive.extractfile(member) for member in archive.getmembers() if member.isfile()}
        return {name.partition("/")[2]: file.read() for name, file in files.items() if file}


def install(where: Path, *what: str) -> Place:
    """Install into a fresh environment with no download at all.

    The dependencies are those of the environment that runs the tests: a path file shows them to the new one. Path files
    inside a folder shown like that are not obeyed, so an editable installation of ours stays out of sight, and the
    package under test is found first.
    """
    venv.EnvBuilder(with_pip=False, symlinks=True).create(where)
    place = Place(bin=where / "bin")
    packages = Path(place.python("import sysconfig; print(sysconfig.get_path('purelib'))", cwd=where))
    ours = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    (packages / "dependencies-of-the-tests.pth").write_text("\n".join(sorted(ours)) + "\n", encoding="utf-8")
    quietly = ["--quiet", "--disable-pip-version-check", "--no-index", "--no-deps", "--no-build-isolation"]
    command = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        str(place.bin / "python"),
        "install",
        *quietly,
        "--ignore-installed",
    ]
    done = subprocess.run([*command, *what], cwd=where, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return place
