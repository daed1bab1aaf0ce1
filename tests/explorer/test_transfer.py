"""Files in chunks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emailrcd.errors import EmailrcdError
from emailrcd.explorer.transfer import CHUNK_BYTES, LARGEST_UPLOAD, Upload


@given(st.binary(min_size=1, max_size=5_000), st.integers(1, 700))
def test_a_file_that_comes_in_chunks_is_the_file_that_was_sent(data, chunk):
    upload = Upload(1, "x.csv", len(data), "ids")
    whole = [upload.take(offset, data[offset : offset + chunk]) for offset in range(0, len(data), chunk)]
    assert whole == [False] * (len(whole) - 1) + [True]
    assert upload.read() == data


@pytest.mark.parametrize(("offset", "chunk"), [(1, b"a"), (0, b"abcd")])
def test_a_chunk_that_does_not_follow_or_is_too_long_is_refused(offset, chunk):
    with pytest.raises(EmailrcdError, match=r"upload of x\.csv was broken"):
        Upload(1, "x.csv", 3, "ids").take(offset, chunk)


def test_what_is_too_large_is_refused_before_it_comes():
    Upload(1, "x.csv", LARGEST_UPLOAD, "ids")
    with pytest.raises(EmailrcdError, match="name its path"):
        Upload(1, "x.csv", LARGEST_UPLOAD + 1, "ids")


def test_the_chunks_of_a_download_make_the_file(page):
    data = bytes(range(256)) * 10_000
    page.app._session.files.offer("x.csv", data)
    assert page.downloaded() == data
    assert max(len(buffers[0]) for _, buffers in page.messages if buffers) == CHUNK_BYTES


def test_an_upload_does_not_show_its_content():
    upload = Upload(1, "x.csv", 3, "ids")
    upload.take(0, b"abc")
    assert "abc" not in repr(upload)
