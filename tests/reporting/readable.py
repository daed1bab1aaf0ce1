"""What can be read in a file."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pypdfium2 as pdfium


def text_of(path: Path) -> str:
    """Return all that can be read in a report: text of the PDF, XML of the XLSX but not its pictures, source of the others."""
    if path.suffix == ".pdf":
        with pdfium.PdfDocument(path) as document:
            return "\n".join(page.get_textpage().get_text_range() for page in document).replace("\r\n", "\n")
    if path.suffix == ".xlsx":
        with zipfile.ZipFile(path) as book:
            return "\n".join(book.read(name).decode() for name in book.namelist() if not name.endswith(".png"))
    return path.read_text("utf-8")
