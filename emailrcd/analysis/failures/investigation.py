"""`investigate`: the records as mails, their classes, the ranking, the findings."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from ..inputs import check_frame
from .addresses import address_marks
from .findings import Findings
from .mails import settled_mails
from .offenders import repeat_offenders
from .ranking import ranked
from .remarks import grouped_remarks


def investigate(
    records: pd.DataFrame,
    *,
    at: str | None = None,
    tz: str = "Asia/Shanghai",
    history: pd.DataFrame | None = None,
    dns: bool = False,
) -> Findings:
    """Look for what explains the failed mail.

    Parameters
    ----------
    records : DataFrame
        A records frame. Your own columns (campaign, template, sender, …) are compared, too; a column ``remark`` (see `join`)
        is read.
    at : str, optional
        The column with the times of sending; see `timeline`. Without any, time is not looked at.
    tz : str
        The zone in which times are told, and in which those without a zone are read.
    history : DataFrame, optional
        Earlier records: whose mail failed again and again, and never arrived?
    dns : bool
        Ask the DNS whether the domains of failed mail take mail at all. This tells the resolver which domains you write to.

    Returns
    -------
    Findings
        The hypotheses, ranked by the failures they explain; the mails behind each; the working lists.

    Raises
    ------
    EmailrcdError
        It is no records frame, or `at` names no column with times.
    """
    records = check_frame(records)
    mails = settled_mails(records, at, tz)
    marks = address_marks(mails.address)
    if history is not None:
        marks |= repeat_offenders(mails, history, records["email_id"])
    if dns:
        from .resolving import dns_marks

        marks |= dns_marks(mails)
    mails = replace(mails, marks=marks, remark=mails.remark and grouped_remarks(mails.remark))
    found, rest = ranked(mails)
    return Findings(records, mails, found, rest)
