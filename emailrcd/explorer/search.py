"""Looking for a piece of text in a million values while somebody types."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

_FEW = 50_000


class Texts:
    """The texts of a column in lower case; where they repeat, each is looked at once.

    Parameters
    ----------
    values : Series
        Texts, categories or objects; missing ones hold nothing.
    """

    def __init__(self, values: pd.Series[Any]) -> None:
        self._codes: npt.NDArray[Any] | None = None
        if isinstance(values.dtype, pd.CategoricalDtype):
            self._codes = values.cat.codes.to_numpy(np.intp)
            self._texts = _lower(pd.Series(values.cat.categories).astype("str"))
        else:
            self._texts = _lower(values.astype("str"))
            encoded = self._texts.dictionary_encode()
            if len(encoded.dictionary) <= min(_FEW, len(values) // 4):
                self._codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.intp)
                self._texts = encoded.dictionary
        self._is_numeric = bool(pc.all(pc.ascii_is_decimal(self._texts)).as_py())

    def contain(self, text: str) -> npt.NDArray[np.bool_]:
        """Tell of each value whether it holds this text, in whatever case."""
        if self._is_numeric and not all(map(str.isdecimal, text)):
            # A million ids need not be gone through for a name.
            found = np.zeros(len(self._texts), bool)
        else:
            matches = pc.match_substring(self._texts, text.lower())
            found = matches.fill_null(False).to_numpy(zero_copy_only=False)
        # A missing value has the code -1, and finds the last truth, which is that of nothing.
        return found if self._codes is None else np.append(found, False)[self._codes]


def _lower(texts: pd.Series[Any]) -> Any:
    array = pa.array(texts, pa.string(), from_pandas=True)
    return pc.utf8_lower(array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array)
