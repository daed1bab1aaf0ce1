"""Files that are there as a whole or not at all."""

from __future__ import annotations

import os

import pytest

from emailrcd.errors import EmailrcdError
from emailrcd.files.writer import whole_file


def test_a_file_takes_its_name_when_it_is_whole_and_only_its_owner_reads_it(tmp_path):
    file = tmp_path / "x"
    with whole_file(file) as stream:
        stream.write(b"new")
        assert not file.exists()
    assert file.read_bytes() == b"new"
    assert os.stat(file).st_mode & 0o777 == 0o600


def test_what_fails_leaves_the_old_file_and_nothing_else(tmp_path):
    file = tmp_path / "x"
    file.write_bytes(b"old")
    with pytest.raises(ZeroDivisionError), whole_file(file) as stream:
        stream.write(b"%d" % (1 // 0))
    assert file.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["x"]


def test_a_folder_that_is_not_there_or_not_a_place_for_it_is_named(tmp_path):
    with pytest.raises(EmailrcdError, match="There is no folder .*nowhere"), whole_file(tmp_path / "nowhere" / "x"):
        pass
    (tmp_path / "taken").mkdir()
    with pytest.raises(EmailrcdError, match="taken cannot be written: Is a directory"), whole_file(tmp_path / "taken"):
        pass
