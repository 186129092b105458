"""Many reports without a name, by the program itself: neither `leaks` nor a raw search finds who sent them."""

from __future__ import annotations

import os
import subprocess
import zlib
from pathlib import Path

from nearmiss.app.leaks import find_leaks
from tests.engine.leak_plants import report
from tests.engine.scene import Scene
from tests.media import planted

MANY = int(os.environ.get("NEARMISS_TEST_REPORTS", "24"))
"""How many are sent; a thousand take some minutes."""


def of_this_machine() -> list[bytes]:
    """Return the name of this machine, where it is no such short one that chance writes it into pictures."""
    name = os.uname().nodename.encode()
    return [name] if len(name) >= 6 else []


def everything_in(root: Path) -> bytes:
    """Return all that lies in a folder: each file as it is, each object unpacked, and every name."""
    asked = ("cat-file", "--batch-all-objects", "--batch")
    objects = subprocess.run(["git", "-C", root, *asked], capture_output=True, check=True).stdout
    parts = [objects]
    for path in sorted(root.rglob("*")):
        parts.append(str(path.relative_to(root)).encode())
        if path.is_file():
            raw = path.read_bytes()
            parts.append(zlib.decompress(raw) if raw[:2] in {b"x\x01", b"x\x9c"} else raw)
    return b"\n".join(parts)


def test_of_many_reports_none_tells_who_sent_it(scene: Scene) -> None:
    """With photos and papers full of names, places and times, and days between: not one planted word is anywhere."""
    before = everything_in(scene.root)
    files = [{f"{planted.WORD}-{ending}": make()} for ending, make in planted.TELLING.items()]
    for number in range(MANY):
        report(scene, mode=("anonymous", "confidential")[number % 2], files=files[number % len(files)])
        if number % 5 == 4:
            scene.clock.tick(hours=7, minutes=13)

    searched = find_leaks(scene.desk("o.haddad"), scene.root, history=True)
    after = everything_in(scene.root)

    assert searched.reports == MANY
    assert searched.findings == ()
    for word in (planted.PLANTED, b"Rampenstrasse", b"14:20:33", *of_this_machine()):
        assert after.count(word) == before.count(word), word
    for address in (b"m.okafor@example.org", b"M Okafor"):
        assert after.count(address) == before.count(address), address
