"""`investigate`: the records as mails, what they are sorted by, the causes, the findings."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pyarrow as pa

from ...records.derived import mailboxes
from ...records.frame import latest
from ..inputs import check_frame
from .addresses import address_marks
from .dimensions import Mark, Mask, class_dimension
from .findings import Findings
from .mails import REMARK, settled_mails
from .ranking import ranked
from .remarks import remark_marks

_LEAST_FAILURES = 2

_OFFENDERS = Mark(
    "history", "addresses that failed before and never took mail", "Take these addresses off the list.", "suppress"
)


def investigate(
    records: pd.DataFrame,
    *,
    at: str | None = None,
    tz: str = "Asia/Shanghai",
    before: pd.DataFrame | None = None,
    history: pd.DataFrame | None = None,
    dns: bool = False,
) -> Findings:
    """Look for what explains the failed mail.

    Parameters
    ----------
    records : DataFrame
        A records frame. Your own columns (campaign, template, sender, …) are compared, too, alone and together with each
        other, with providers and with times; a column ``remark`` (see `join`) is read.
    at : str, optional
        The column with the times of sending; see `timeline`. Without any, time is not looked at.
    tz : str
        The zone in which times are told, and in which those without a zone are read.
    before : DataFrame, optional
        Records of a comparable earlier time. What failed as much already is not new, and is not told.
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
        It is not a records frame, or `at` names no column with times.
    """
    records = check_frame(records)
    mails, mail = settled_mails(records, at, tz, before)
    marks = address_marks(mail)
    if history is not None:
        marks |= _repeat_offenders(mail["to_address"], history, records["email_id"])
    if dns:
        from .resolving import dns_marks

        marks |= dns_marks(mail["domain"], mails.failed)
    if REMARK in mail:
        marks |= remark_marks(mail[REMARK])
    classes = [class_dimension(mark, mask) for mark, mask in marks.items() if mask.any()]
    mails = replace(mails, dimensions=(*mails.dimensions, *classes))
    return Findings(records, mails, ranked(mails))


def _repeat_offenders(addresses: pd.Series[str], history: pd.DataFrame, ids: pd.Series[str]) -> dict[Mark, Mask]:
    """Return which `addresses` are those for which `history` knows two failures or more, and no delivery.

    Mails that are investigated, `ids`, do not count as their own past.
    """
    history = check_frame(history)
    past = latest(history[~history["email_id"].isin(ids)])
    mailbox = _mailboxes(past["to_address"])
    failures = mailbox[past["status"] == "failed"].value_counts()
    took = mailbox[past["status"] == "delivered"]
    offenders = failures.index[failures >= _LEAST_FAILURES].difference(pd.Index(took.dropna().unique()))
    return {_OFFENDERS: _mailboxes(addresses).isin(offenders).to_numpy(bool)}


def _mailboxes(addresses: pd.Series[str]) -> pd.Series[str]:
    texts = pa.array(addresses.to_numpy(object), pa.large_string(), from_pandas=True)
    return pd.Series(mailboxes(texts).to_pandas(), dtype="str").set_axis(addresses.index)
