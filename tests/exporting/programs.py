"""Spreadsheet programs, as people have them: they open a file, work it out, and tell what they see in it."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
GNUMERIC = "{http://www.gnumeric.org/v10.dtd}"

READ_CSV = "CSV:44,34,76,1,,0,false,true,false,false,false,0,true"
"""How LibreOffice is to read CSV: commas, quotation marks, UTF-8, numbers recognised, and formulas worked out."""

TRUTH = {"of:=TRUE()": "true", "of:=FALSE()": "false"}
PATIENCE = 240


@dataclass(frozen=True, kw_only=True)
class Seen:
    """A cell as a program sees it: its kind, its value as text, and its formula if it has one."""

    kind: str
    value: str
    formula: str = ""


Sheets = Mapping[str, Sequence[Sequence[Seen]]]
EMPTY = Seen(kind="", value="")


def run(*command: str | Path, home: Path) -> None:
    """Run a program with a home of its own; raises where it does not end well."""
    environment = {"HOME": str(home), "PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.returncode == 0, done.stderr


def open_with_libreoffice(files: Sequence[Path], folder: Path) -> list[Sheets]:
    """Let LibreOffice open workbooks or CSV files and save what it sees."""
    home = folder / "home"
    for ending, more in ((".xlsx", ()), (".csv", (f"--infilter={READ_CSV}",))):
        some = [file for file in files if file.suffix == ending]
        profile = f"-env:UserInstallation=file://{home}/profile"
        if some:
            run("soffice", profile, "--headless", *more, "--convert-to", "fods", "--outdir", folder, *some, home=home)
    return [_read_flat_document(folder / f"{file.stem}.fods") for file in files]


def open_with_gnumeric(files: Sequence[Path], folder: Path) -> list[Sheets]:
    """Let gnumeric open workbooks or CSV files, work everything out, and save what it sees."""
    for file in files:
        saved = folder / f"{file.stem}.xml"
        run("ssconvert", "--recalc", "-T", "Gnumeric_XmlIO:sax:0", file, saved, home=folder)
    return [_read_gnumeric(folder / f"{file.stem}.xml") for file in files]


def _read_flat_document(file: Path) -> Sheets:
    found = {}
    for sheet in ET.parse(file).getroot().iter(f"{TABLE}table"):  # noqa: S314 - it is our own
        rows = []
        for row in sheet.iter(f"{TABLE}table-row"):
            cells: list[Seen] = []
            for cell in row:
                if cell.tag == f"{TABLE}table-cell":
                    # Thousands of empty cells at the end of a row are said in one.
                    times = min(int(cell.get(f"{TABLE}number-columns-repeated", "1")), 200)
                    cells += [_flat_cell(cell)] * times
            rows.append(cells)
        found[str(sheet.get(f"{TABLE}name"))] = rows
    return found


def _flat_cell(cell: ET.Element) -> Seen:
    kind = cell.get(f"{OFFICE}value-type", "")
    formula = cell.get(f"{TABLE}formula", "")
    if formula in TRUTH:  # how LibreOffice keeps a truth that it reads from a workbook
        return Seen(kind="boolean", value=TRUTH[formula])
    said = {"float": "value", "date": "date-value", "boolean": "boolean-value"}.get(kind)
    text = "\n".join(_flat_text(paragraph) for paragraph in cell.findall(f"{TEXT}p"))
    value = cell.get(f"{OFFICE}{said}", "") if said else text
    return Seen(kind=kind, value=value, formula=formula)


def _flat_text(element: ET.Element) -> str:
    """Return the text of a paragraph, in which runs of spaces and tabs are elements."""
    signs = {f"{TEXT}s": " " * int(element.get(f"{TEXT}c", "1")), f"{TEXT}tab": "\t", f"{TEXT}line-break": "\n"}
    inner = "".join(_flat_text(each) + (each.tail or "") for each in element)
    return signs.get(element.tag, "") + (element.text or "") + inner


_KINDS = {"60": "string", "40": "float", "30": "float", "20": "boolean", "50": "error"}


def _read_gnumeric(file: Path) -> Sheets:
    found = {}
    for sheet in ET.parse(file).getroot().iter(f"{GNUMERIC}Sheet"):  # noqa: S314 - as above
        days = _places_of_days(sheet)
        rows: dict[int, dict[int, Seen]] = {}
        for cell in sheet.iter(f"{GNUMERIC}Cell"):
            row, column = int(cell.get("Row", "0")), int(cell.get("Col", "0"))
            kind, value = _KINDS.get(cell.get("ValueType", ""), ""), cell.text or ""
            formula = "" if kind else value
            if kind == "float" and any(row in those and column in columns for those, columns in days):
                kind = "date"
            rows.setdefault(row, {})[column] = Seen(kind=kind, value=value, formula=formula)
        height = max(rows, default=-1) + 1
        found[str(sheet.findtext(f"{GNUMERIC}Name"))] = [
            [rows.get(row, {}).get(column, EMPTY) for column in range(200)] for row in range(height)
        ]
    return found


def _places_of_days(sheet: ET.Element) -> list[tuple[range, range]]:
    """Return the rows and columns of each part of a sheet in which numbers are shown as days."""
    return [
        (
            range(int(region.get("startRow", "0")), int(region.get("endRow", "0")) + 1),
            range(int(region.get("startCol", "0")), int(region.get("endCol", "0")) + 1),
        )
        for region in sheet.iter(f"{GNUMERIC}StyleRegion")
        for style in region.iter(f"{GNUMERIC}Style")
        if "yyyy" in style.get("Format", "")
    ]
