"""A file that somebody else has put there is opened only if it is one, and the one looked at."""

import os
import socket
from contextlib import suppress
from pathlib import Path

import pytest

from tito.opening import (
    MissingFileError,
    OddFileError,
    identity,
    opened,
    read_plain_file,
)

NAME = "note.txt"


@pytest.fixture
def root(tmp_path):
    (tmp_path / "root" / "ada").mkdir(parents=True)
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / NAME).write_text("secret")
    return tmp_path / "root"


def read(root, *parts, largest=100, seen=None):
    return read_plain_file(root, parts, largest, seen)


def test_a_plain_file_is_read(root):
    (root / "ada" / NAME).write_text("hello")
    assert read(root, "ada", NAME) == b"hello" == read(root / "ada", NAME, largest=5)


def test_nothing_there_is_told_from_something_odd(root):
    for parts in (("ada", NAME), ("bob", NAME)):
        with pytest.raises(MissingFileError):
            read(root, *parts)
    with pytest.raises(OddFileError, match="ada is not a file but a folder"):
        read(root, "ada")


@pytest.mark.parametrize("parts", [("ada", NAME), ("ada", "deeper", NAME), ("ada", "d", "e", NAME)])
def test_no_link_is_followed_in_any_part_of_a_path(root, parts):
    for place in range(len(parts)):
        link = root.joinpath(*parts[: place + 1])
        link.parent.mkdir(parents=True, exist_ok=True)
        if link.is_dir():
            link.rmdir()
        target = root.parent / "secrets"
        link.symlink_to(target / NAME if place == len(parts) - 1 else target)
        with pytest.raises(OddFileError, match="is a link"):
            read(root, *parts)
        link.unlink()


def test_the_course_itself_may_lie_behind_a_link(root):
    (root / "ada" / NAME).write_text("hello")
    (root.parent / "linked").symlink_to(root)
    assert read(root.parent / "linked", "ada", NAME) == b"hello"


def test_nobody_waits_for_a_pipe_and_a_device_is_not_read(root):
    os.mkfifo(root / "ada" / NAME)
    with pytest.raises(OddFileError, match="a folder, a pipe or a device"):
        read(root, "ada", NAME)
    with pytest.raises(OddFileError, match="a folder, a pipe or a device"):
        read(Path("/dev"), "zero")


def test_a_socket_is_no_file(root, monkeypatch):
    monkeypatch.chdir(root)  # a socket's path may hold 107 bytes only
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(NAME)
        with pytest.raises(OddFileError, match=f"cannot read {NAME}"):
            read(root, NAME)


def test_a_large_file_is_refused_unread(root):
    with (root / NAME).open("wb") as file:
        file.truncate(10**12)
    with pytest.raises(OddFileError, match="1,000,000,000,000 bytes, 100 are allowed"):
        read(root, NAME)


def test_a_name_that_no_file_can_have_is_told_in_one_line(root):
    for name in ("a\0b", "x" * 5000):
        with pytest.raises(OddFileError, match="cannot read"):
            read(root, name)


def test_another_file_in_the_place_of_the_one_looked_at_is_not_read(root):
    (root / NAME).write_text("mine")
    seen = identity((root / NAME).lstat())
    assert read(root, NAME, seen=seen) == b"mine"
    (root / "other").write_text("the instructor's")
    os.replace(root / "other", root / NAME)
    with pytest.raises(OddFileError, match="another file was put in the place"):
        read(root, NAME, seen=seen)


def test_a_folder_swapped_for_a_link_while_it_is_open_leads_nowhere_else(root):
    """What an attacker races for: the folder was looked at, then it is something else."""
    (root / "ada" / NAME).write_text("mine")
    with opened(root, ["ada"]) as folder:
        (root / "ada").rename(root / "moved")
        (root / "ada").symlink_to(root.parent / "secrets")
        with open(os.open(NAME, os.O_RDONLY, dir_fd=folder)) as file:
            assert file.read() == "mine"
    with pytest.raises(OddFileError, match="ada is a link"):
        read(root, "ada", NAME)


def test_no_descriptor_is_left_open(root):
    (root / "ada" / NAME).write_text("hello")
    before = len(os.listdir("/dev/fd"))
    for parts in (("ada", NAME), ("ada",), ("bob", NAME)):
        for _ in range(20):
            with suppress(OddFileError):
                read(root, *parts)
    assert len(os.listdir("/dev/fd")) == before
