"""Files that are there as a whole or not at all."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from emailrcd.errors import EmailrcdError
from emailrcd.files.writer import clear_unfinished, whole_file, write_whole


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
    with (
        pytest.raises(EmailrcdError, match="there is no folder .*nowhere"),
        whole_file(tmp_path / "nowhere" / "x"),
    ):
        pass
    (tmp_path / "taken").mkdir()
    with pytest.raises(EmailrcdError, match="taken cannot be written: Is a directory"), whole_file(tmp_path / "taken"):
        pass


def test_a_link_in_the_place_of_a_file_is_replaced_and_what_it_points_to_is_left(tmp_path):
    foreign, file = tmp_path / "foreign", tmp_path / "x"
    foreign.write_bytes(b"not ours")
    file.symlink_to(foreign)
    (tmp_path / ".x.part").symlink_to(foreign)
    assert write_whole(b"addresses", file) == file
    assert foreign.read_bytes() == b"not ours"
    assert file.read_bytes() == b"addresses"
    assert not file.is_symlink()
    assert os.stat(file).st_mode & 0o777 == 0o600


def test_what_a_killed_run_had_begun_goes_with_the_next_file_of_that_name(tmp_path):
    script = """
import os, sys
from pathlib import Path
from emailrcd.files.writer import whole_file
with whole_file(Path(sys.argv[1])) as stream:
    stream.write(b"addresses")
    stream.flush()
    os.kill(os.getpid(), 9)
"""
    subprocess.run([sys.executable, "-c", script, tmp_path / "x"], check=False)
    assert [name[:3] for name in os.listdir(tmp_path)] == [".x-"]
    (tmp_path / ".x-notes").touch()
    (tmp_path / ".xy-12345678").touch()
    write_whole(b"new", tmp_path / "x")
    assert sorted(os.listdir(tmp_path)) == [".x-notes", ".xy-12345678", "x"]


def test_what_another_run_is_writing_is_left_to_it(tmp_path):
    with whole_file(tmp_path / "x") as stream:
        stream.write(b"whole")
        clear_unfinished(tmp_path)
        write_whole(b"other", tmp_path / "x")
    assert (tmp_path / "x").read_bytes() == b"whole"
    assert os.listdir(tmp_path) == ["x"]
