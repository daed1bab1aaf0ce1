"""Files in pieces."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emailrcd.errors import EmailrcdError
from emailrcd.explorer.transfer import LARGEST_UPLOAD, PIECE_BYTES, Download, Upload


@given(st.binary(min_size=1, max_size=5_000), st.integers(1, 700))
def test_a_file_that_comes_in_pieces_is_the_file_that_was_sent(data, piece):
    upload = Upload(1, "x.csv", len(data))
    whole = [upload.take(offset, data[offset : offset + piece]) for offset in range(0, len(data), piece)]
    assert whole == [False] * (len(whole) - 1) + [True]
    assert upload.data == data


@pytest.mark.parametrize(("offset", "piece"), [(1, b"a"), (0, b"abcd")])
def test_a_piece_that_does_not_follow_or_is_too_long_is_refused(offset, piece):
    with pytest.raises(EmailrcdError, match=r"upload of x\.csv was broken"):
        Upload(1, "x.csv", 3).take(offset, piece)


def test_what_is_too_large_is_refused_before_it_comes():
    Upload(1, "x.csv", LARGEST_UPLOAD)
    with pytest.raises(EmailrcdError, match="name its path"):
        Upload(1, "x.csv", LARGEST_UPLOAD + 1)


def test_the_pieces_of_a_download_make_the_file():
    download = Download(1, "x.csv", bytes(range(256)) * 10_000)
    pieces = [download.piece(offset) for offset in range(0, len(download.data), PIECE_BYTES)]
    assert b"".join(pieces) == download.data
    assert max(map(len, pieces)) == PIECE_BYTES


def test_neither_shows_its_content():
    upload = Upload(1, "x.csv", 3)
    upload.take(0, b"abc")
    assert "abc" not in repr(upload) + repr(Download(1, "x.csv", b"abc"))
