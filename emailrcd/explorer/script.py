"""The lines of Python that give what is on the screen."""

from __future__ import annotations

from ..records.frame import COLUMNS
from .filters import Filters
from .population import HOUR, Population
from .selection import Selection


def script(selection: Selection, source: str, by: str, chart: str) -> str:
    """Return the lines that select the same records out of `source`, and draw the same charts of them."""
    population = selection.population
    conditions = _conditions(selection.filters, population)
    lines = [
        "import emailrcd",
        "import pandas as pd",
        "",
        f"records = {source}  # app is your emailrcd.Explorer()",
    ]
    if by not in population.records:
        lines.append(f"records = records.assign(**{{{by!r}: {_column(population, by)}}})")
    lines += [
        f"shown = records[{' & '.join(conditions)}]" if conditions else "shown = records",
        "emailrcd.summary(shown)",
        f"emailrcd.charts.breakdown(shown, by={by!r})",
        f'emailrcd.charts.{chart}(shown, tz="{population.zone}")',
    ]
    return "\n".join(lines)


def _conditions(filters: Filters, population: Population) -> list[str]:
    """Return what selects the same records of a frame called ``records``, one condition each."""
    conditions = []
    for column, values in filters.values.items():
        as_text = "" if column in COLUMNS and "" not in values else '.astype("str").fillna("")'
        conditions.append(f"{_column(population, column)}{as_text}.isin({list(values)})")
    if filters.domains:
        parts = (f'records["domain"].str.contains({part!r}, regex=False, na=False)' for part in filters.domains)
        conditions.append(f"({' | '.join(parts)})")
    if filters.text:
        names = list(population.texts)
        conditions.append(
            f'records[{names}].astype("str").apply(lambda texts: texts.str.contains({filters.text!r}, case=False, '
            "regex=False, na=False)).any(axis=1)"
        )
    for moment, sign in ((filters.since, ">="), (filters.until, "<")):
        if moment is not None:
            conditions.append(f"({_times(population)} {sign} {str(moment)!r})")
    return conditions


def _column(population: Population, name: str) -> str:
    if name in population.records:
        return f"records[{name!r}]"
    return f'{_times(population)}.dt.strftime("%H:00")' if name == HOUR else f"{_times(population)}.dt.day_name()"


def _times(population: Population) -> str:
    return f'pd.to_datetime(records[{population.clock!r}], utc=True).dt.tz_convert("{population.zone}")'
