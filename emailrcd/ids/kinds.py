"""Which ids are unlike the others: a word, a cell of another column, an id that was cut short.

Ids are opaque text, so that a source of any kind of ids is as good as another. What is told is a few that differ from most.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

_SHORTEST, _LONGEST = 15, 25
_SAME_LENGTH = 0.9
_ENOUGH = 10


def unlike(distinct: Sequence[str]) -> list[str]:
    """Return the ids that are of another kind than most of them; none where there is no kind that most are of.

    Examples
    --------
    >>> unlike(["2208031112341000001", "2208031112341000002", "banana", "2208031112341"])
    ['banana', '2208031112341']
    >>> unlike(["spring-1", "spring-2", "banana"])
    []
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    ids = pa.array(distinct, pa.large_string())
    lengths = pc.binary_length(ids).to_numpy()
    digits = pc.ascii_is_decimal(ids).to_numpy(zero_copy_only=False)
    usual = digits & (lengths >= _SHORTEST) & (lengths <= _LONGEST)
    if 2 * usual.sum() >= len(ids):
        counts = np.bincount(lengths[usual], minlength=1)
        if counts.max() >= _SAME_LENGTH * usual.sum() or counts.max() == usual.sum() - 1 > 1:
            usual &= lengths == counts.argmax()
    else:
        usual = pc.match_substring_regex(ids, "[0-9]").to_numpy(zero_copy_only=False)
        if len(ids) < _ENOUGH or usual.sum() < _SAME_LENGTH * len(ids):
            return []
    return [distinct[place] for place in np.flatnonzero(~usual).tolist()]
