"""The cache: quick to read, bounded, and never in the way."""

from __future__ import annotations

import marshal
import time
import zlib
from pathlib import Path

import pytest

from nearmiss.store import cache as cache_module
from nearmiss.store.cache import Cache

VALUE = {"id": "NM-2026-7Q4K2", "findings": [], "n": 1, "ok": True, "none": None, "é": "ü\n"}


def test_what_was_put_is_got(tmp_path: Path) -> None:
    """Values come back as they were put, in the order asked for; unknown keys are left out."""
    cache = Cache(folder=tmp_path / "cache", version="1")
    assert cache.get_many(["a"]) == {}
    cache.put_many({"a": VALUE, "b": []})
    cache.put_many({"c": "x"})
    cache.put_many({})
    assert list(cache.get_many(["c", "?", "a"]).items()) == [("c", "x"), ("a", VALUE)]
    assert cache.get_many(iter(["b"])) == {"b": []}


def test_another_version_empties_it(tmp_path: Path) -> None:
    """What another version of the tool or the policy worked out is not used, and gives way."""
    Cache(folder=tmp_path, version="1").put_many({"a": 1})
    other = Cache(folder=tmp_path, version="2")
    assert other.get_many(["a"]) == {}
    other.put_many({"b": 2})
    assert Cache(folder=tmp_path, version="1").get_many(["a", "b"]) == {}
    assert other.get_many(["a", "b"]) == {"b": 2}


def test_caches_of_other_names_lie_side_by_side(tmp_path: Path) -> None:
    """Two caches in one folder do not know each other."""
    Cache(folder=tmp_path, version="1", name="records").put_many({"a": 1})
    assert Cache(folder=tmp_path, version="1", name="commits").get_many(["a"]) == {}


def test_the_oldest_go_first(tmp_path: Path) -> None:
    """Beyond its bound the cache forgets what was put longest ago; putting again makes new."""
    cache = Cache(folder=tmp_path, version="1", most=3)
    cache.put_many({"a": 1, "b": 2, "c": 3})
    cache.put_many({"a": 4})
    cache.put_many({"d": 5})
    assert cache.get_many("abcd") == {"a": 4, "c": 3, "d": 5}


@pytest.mark.parametrize("damage", [b"", b"x", b"\0\0\0\0rubbish", b"\0" * 100_000])
def test_a_damaged_file_is_an_empty_cache(tmp_path: Path, damage: bytes) -> None:
    """Rubbish in the file costs time, never an error, and is replaced at the next chance."""
    cache = Cache(folder=tmp_path, version="1")
    cache.put_many({"a": 1})
    (file,) = tmp_path.iterdir()
    file.write_bytes(damage)
    assert cache.get_many(["a"]) == {}
    cache.put_many({"b": 2})
    assert cache.get_many(["a", "b"]) == {"b": 2}


@pytest.mark.parametrize("body", [b"rubbish", b"", marshal.dumps(5), marshal.dumps((1, 2, 3))])
def test_a_file_of_another_form_is_an_empty_cache(tmp_path: Path, body: bytes) -> None:
    """A whole file that holds something else than a cache of ours is not used."""
    cache = Cache(folder=tmp_path, version="1")
    cache.put_many({"a": 1})
    (file,) = tmp_path.iterdir()
    file.write_bytes(zlib.crc32(body).to_bytes(4, "big") + body)
    assert cache.get_many(["a"]) == {}


def test_every_changed_byte_is_noticed(tmp_path: Path) -> None:
    """Whatever byte of the file is changed or cut off, the cache is empty rather than wrong."""
    cache = Cache(folder=tmp_path, version="1")
    cache.put_many({"a": VALUE})
    (file,) = tmp_path.iterdir()
    whole = file.read_bytes()
    for index in range(len(whole)):
        file.write_bytes(whole[:index] + bytes([whole[index] ^ 1]) + whole[index + 1 :])
        assert cache.get_many(["a"]) == {}
        file.write_bytes(whole[:index])
        assert cache.get_many(["a"]) == {}


def test_a_folder_that_cannot_be_made_is_no_error(tmp_path: Path) -> None:
    """Where nothing can be written, nothing is kept, and nobody hears of it."""
    (tmp_path / "file").write_bytes(b"")
    cache = Cache(folder=tmp_path / "file" / "cache", version="1")
    cache.put_many({"a": 1})
    assert cache.get_many(["a"]) == {}


def test_a_disk_that_fails_leaves_the_cache_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the new file cannot take its name, the old one stays and nothing lies beside it."""
    cache = Cache(folder=tmp_path, version="1")
    cache.put_many({"a": 1})

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", fail)
    cache.put_many({"b": 2})
    assert cache.get_many(["a", "b"]) == {"a": 1}
    assert len(list(tmp_path.iterdir())) == 1


def test_the_file_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cache larger than its bound is neither written nor read."""
    cache = Cache(folder=tmp_path, version="1")
    cache.put_many({"a": 1})
    monkeypatch.setattr(cache_module, "LARGEST_FILE", 100)
    cache.put_many({"b": "x" * 100})
    assert cache.get_many(["a", "b"]) == {"a": 1}
    monkeypatch.setattr(cache_module, "LARGEST_FILE", 10)
    assert cache.get_many(["a"]) == {}


def test_a_value_of_another_kind_is_a_fault_of_the_caller(tmp_path: Path) -> None:
    """Only plain data can be kept; anything else is told at once."""
    with pytest.raises(ValueError, match="unmarshallable"):
        Cache(folder=tmp_path, version="1").put_many({"a": object()})


def test_ten_thousand_entries_are_read_quickly(tmp_path: Path) -> None:
    """A warm check of ten thousand records has 70 ms in all; the cache may take the lesser part of them."""
    cache = Cache(folder=tmp_path, version="1")
    keys = [f"{number:040x}" for number in range(10_000)]
    cache.put_many(dict.fromkeys(keys, VALUE))
    taken = []
    for _ in range(5):
        start = time.process_time()
        found = cache.get_many(keys)
        taken.append(time.process_time() - start)
    assert len(found) == 10_000
    assert min(taken) < 0.06
