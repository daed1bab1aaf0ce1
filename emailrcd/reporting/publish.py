"""The last stage: the content of a file, checked and written."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd

from ..analysis.inputs import check_frame
from ..errors import EmailrcdError
from ..files.tables import plainly_named
from ..files.writer import target, write_whole
from ..records.dates import check_zone
from ..records.frame import COLUMNS
from .collect import collect
from .content import Content, Options
from .html import to_html
from .markdown import to_markdown
from .masking import Mask, Masking, refuse_secrets
from .pdf import to_pdf
from .xlsx import to_xlsx

Check = Callable[[str], None]

_FORMS: dict[str, tuple[Callable[[Content, Check], bytes], int]] = {
    ".html": (to_html, 5_000),
    ".pdf": (to_pdf, 200),
    ".xlsx": (to_xlsx, 100_000),
    ".md": (to_markdown, 10),
}
"""What makes each kind of file, and how many mails it lists by itself."""

SUFFIXES = tuple(_FORMS)
"""The kinds of reports, by the ends of their names."""


def report(
    records: pd.DataFrame,
    path: str | os.PathLike[str],
    *,
    title: str | None = None,
    before: pd.DataFrame | None = None,
    by: str | Sequence[str] | None = None,
    at: str | None = None,
    columns: str | Sequence[str] = (),
    mask: Mask = "mask",
    show_addresses: bool = False,
    most: int | None = None,
    filters: str = "",
    tz: str = "Asia/Shanghai",
) -> Path:
    """Write a report on `records` that can be sent to somebody: one file, addresses masked.

    Parameters
    ----------
    records : DataFrame
        A records frame.
    path : str or path
        Ends in ``.html`` (opens offline in any browser), ``.pdf``, ``.xlsx`` or ``.md`` (for a ticket or chat).
    title : str, optional
        Its title.
    before : DataFrame, optional
        The records of an earlier run to compare with.
    by : str or list of str, optional
        Columns to break down by, besides provider and domain. By itself it takes those of yours that form groups.
    at : str, optional
        The column with the times of sending; see `timeline`.
    columns : str or list of str
        Columns of yours that join the list of mails; by itself none does.
    mask : {"mask", "hash", "drop"}
        What becomes of addresses: ``j***@example.com``; a hash with a key that no other report shares; nothing. The same
        happens to addresses in your own columns, however they are written, encoded or hashed there. A domain, or an initial,
        is shown only where at least five people share it, and where those not shown are not fewer.
    show_addresses : bool
        Show addresses in full, which the report then says on its face.
    most : int, optional
        Mails listed, failed and open ones first. By itself 5,000 in HTML, 200 in PDF, 100,000 in XLSX, 10 in Markdown.
    filters : str
        How these records were chosen from others, to be told in the report.
    tz : str
        The zone in which times are told, and in which those without a zone are read.

    Returns
    -------
    Path
        The file; an older one of that name is replaced.

    Raises
    ------
    UnsafeFile
        An address or a secret would stand in the file; nothing was written.
    EmailrcdError
        It is not a records frame, there is no such column, or the file cannot be written.
    """
    file = target(path, SUFFIXES)
    options = Options(
        title=str(title or "Delivery report"),  # papermill makes a number of 2026
        by=_names(by),
        at=at,
        columns=_names(columns) or (),
        mask=mask,
        show_addresses=show_addresses,
        most=most,
        filters=filters,
        tz=tz,
    )
    return write_whole(render(records, file.name, before, options), file)


def render(records: pd.DataFrame, name: str, before: pd.DataFrame | None, options: Options) -> bytes:
    """Return a report as the content of a file of this name; the rest is as for `report`."""
    suffix = Path(name).suffix.lower()
    if suffix not in _FORMS:
        raise EmailrcdError(f"{name} cannot be written: the name of a report must end in {', '.join(SUFFIXES)}.")
    if options.most is not None and options.most < 0:
        raise EmailrcdError(f"most must be 0 or more, not {options.most}.")
    make, usual = _FORMS[suffix]
    check_zone(options.tz)
    records, before = _named(records), None if before is None else _named(before)
    masking = Masking(records, options.mask, others=[] if before is None else [before])
    content = collect(records, before, options, masking, usual if options.most is None else options.most)
    return make(content, refuse_secrets if options.show_addresses else masking.check)


def _names(names: str | Sequence[str] | None) -> tuple[str, ...] | None:
    if names is None:
        return None
    return (names,) if isinstance(names, str) else tuple(map(str, names))


def _named(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame whose columns have names that are texts and differ; a table without a header has numbers."""
    frame = check_frame(frame, *COLUMNS)
    named = plainly_named(frame)
    named.attrs = frame.attrs
    return named
