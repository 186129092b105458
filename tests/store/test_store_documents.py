"""The adapter: what the use cases see of the store's documents."""

from __future__ import annotations

import subprocess
import sys

from nearmiss.engine.documents import Documents, Edit
from nearmiss.store.documents import YamlDocuments


def test_the_adapter_reads_writes_places_and_edits() -> None:
    """Through the port, a document is composed, read, edited and searched for places."""
    documents: Documents = YamlDocuments()
    raw = documents.compose({"schema": 1, "lesson": {"headline": "x"}}, schema="s.json")
    assert documents.read(raw).data == {"schema": 1, "lesson": {"headline": "x"}}
    revised = documents.revise(raw, [Edit(at=("title",), value="t")])
    assert revised.decode() == "# yaml-language-server: $schema=s.json\nschema: 1\ntitle: t\nlesson:\n  headline: x\n"
    assert documents.locate(revised, ("lesson", "headline")) == (5, 3)
    assert YamlDocuments().locate_many(revised, [("title",), ("nowhere",)]) == {
        ("title",): (3, 1),
        ("nowhere",): (2, 1),
    }


def test_documents_of_another_kind_have_their_own_order() -> None:
    """A new key goes where the order of the document's kind has it."""
    documents = YamlDocuments(order=("statement", "meaning", "signature"))
    raw = documents.revise(b"statement: 1\nsignature: 2\n", [Edit(at=("meaning",), value="x")])
    assert raw == b"statement: 1\nmeaning: x\nsignature: 2\n"


def test_importing_the_adapter_imports_no_parser() -> None:
    """A command that finds all it needs in the cache pays for no YAML package."""
    program = "import sys, nearmiss.store.documents, nearmiss.store.index, nearmiss.store.files; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert not {"yaml", "ruamel.yaml", "ruamel", "pydantic", "git"} & set(done.stdout.split())


def test_what_we_have_written_is_read_without_any_parser() -> None:
    """Who only reads and writes the form that we write pays for no YAML package."""
    modules = _modules_after("documents.read(documents.compose({'a': 1}))")
    assert not {"yaml", "ruamel.yaml"} & modules


def test_reading_what_others_wrote_imports_no_ruamel() -> None:
    """Only who edits and saves pays for ruamel."""
    modules = _modules_after("documents.read(b'a:   1')")
    assert "yaml" in modules
    assert "ruamel.yaml" not in modules


def _modules_after(does: str) -> set[str]:
    lines = ["import sys", "from nearmiss.store.documents import YamlDocuments", "documents = YamlDocuments()", does]
    program = "\n".join([*lines, "print(*sys.modules)"])
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(done.stdout.split())
