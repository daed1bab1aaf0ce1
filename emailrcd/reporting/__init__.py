"""Records in, one file to be shared out: HTML, PDF, XLSX or Markdown.

Three stages, each a pure function of what the one before gave: `collect` makes tables and sentences, with addresses masked;
a renderer makes the content of a file of them; `report` checks that content and writes it.
"""

from __future__ import annotations

from .content import Options
from .publish import SUFFIXES, render, report

__all__ = ["SUFFIXES", "Options", "render", "report"]
