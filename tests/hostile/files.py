"""Submissions whose file is no notebook, or no file."""

import json
import os
import socket
import zlib
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

from .case import LESSON, content, folder, write

NAME = f"{LESSON}.ipynb"


@content(refused=r"is empty")
def empty(desk):
    """The file holds nothing."""
    return b""


@content(refused=r"not JSON")
def truncated(desk):
    """The second half is missing, as after a broken upload."""
    return desk.right()[: len(desk.right()) // 2]


@content(refused=r"not JSON")
def plain_text(desk):
    """An essay under the notebook's name."""
    return b"Dear professor, my dog ate the notebook.\n"


@content(refused=r"not a notebook")
def other_json(desk):
    """JSON, but a list."""
    return b"[1, 2]"


@content(refused=r"not a notebook")
def json_null(desk):
    """JSON, but nothing."""
    return b"null"


@content(refused=r"notebook format 3")
def old_version(desk):
    """A notebook of format 3."""
    return json.dumps(json.loads(desk.right()) | {"nbformat": 3}).encode()


@content(refused=r"notebook format '4'")
def version_is_text(desk):
    """The format's number is a text."""
    return json.dumps(json.loads(desk.right()) | {"nbformat": "4"}).encode()


@content(refused=r"format|notebook")
def version_is_a_list(desk):
    """The format's number is a list."""
    return json.dumps(json.loads(desk.right()) | {"nbformat": [4]}).encode()


@content(flag="missing: put back")
def nul_bytes(desk):
    """A block of zeros in the middle, as after a full disk."""
    right = desk.right()
    return right[:5000] + b"\0" * 5000 + right[10000:]


@content()
def utf_16(desk):
    """Saved as UTF-16."""
    return desk.right().decode().encode("utf-16")


@content(refused=r"not UTF-8|not JSON")
def zip_bomb_instead(desk):
    """A compressed file that unpacks to 100 MB, under the notebook's name."""
    return zlib.compress(bytes(100_000_000), 9)


@folder()
def zip_bomb_beside(desk, place):
    """An archive that unpacks to 100 MB beside a right notebook."""
    write(place, desk.right())
    with ZipFile(place / LESSON / "bomb.zip", "w", ZIP_DEFLATED) as archive:
        archive.writestr("zeros", bytes(100_000_000))


@content(refused=r"JSON|nested")
def deep_json(desk):
    """A million brackets."""
    return b"[" * 1_000_000


@content(refused=r"JSON|nested|deep")
def deep_metadata(desk):
    """A right notebook with lists in lists in lists in its metadata."""
    deep = b"[" * 100_000 + b"]" * 100_000
    return desk.with_metadata(b'"deep": ' + deep)


@content(refused=r"JSON")
def huge_number(desk):
    """A number of 100,000 digits in the metadata."""
    return desk.with_metadata(b'"n": ' + b"9" * 100_000)


@folder(refused=r"10,000,000 are allowed")
def too_big(desk, place):
    """Four gigabytes of nothing, which take no room on the disk."""
    write(place, b"")
    os.truncate(place / LESSON / NAME, 4 << 30)


@folder(refused=r"my homework\.ipynb")
def renamed(desk, place):
    """The notebook has another name."""
    write(place, desk.right())
    (place / LESSON / NAME).rename(place / LESSON / "my homework.ipynb")


@folder(refused=r"--help\.ipynb")
def named_like_an_option(desk, place):
    """The notebook is called --help.ipynb."""
    write(place, desk.right())
    (place / LESSON / NAME).rename(place / LESSON / "--help.ipynb")


@folder(refused=r"no 18_pruning")
def nothing(desk, place):
    """The folder is empty."""
    place.mkdir()


@folder(refused=r"18_pruning")
def other_folder(desk, place):
    """The lesson's folder is spelled otherwise."""
    write(place, desk.right())
    (place / LESSON).rename(place / "18_Pruning")


@folder(refused=r"link")
def link_to_the_source(desk, place):
    """The notebook is a link to the reference solution."""
    (place / LESSON).mkdir(parents=True)
    (place / LESSON / NAME).symlink_to(desk.places["source"])


@folder(refused=r"link")
def link_to_a_secret(desk, place):
    """The notebook is a link to a file that the instructor alone can read."""
    (place / LESSON).mkdir(parents=True)
    (place / LESSON / NAME).symlink_to(Path(desk.places["home"], "secret.txt"))


@folder(refused=r"link")
def link_to_nowhere(desk, place):
    """The notebook is a link to itself."""
    (place / LESSON).mkdir(parents=True)
    (place / LESSON / NAME).symlink_to(NAME)


@folder(refused=r"link")
def linked_folder(desk, place):
    """The lesson's folder is a link to another student's."""
    place.mkdir()
    (place / LESSON).symlink_to(Path(desk.places["other"]).parent)


@folder(refused=r"link")
def linked_student(desk, place):
    """The student's folder is a link to another student's."""
    place.symlink_to(Path(desk.places["other"]).parents[1])


@folder()
def link_beside(desk, place):
    """Beside a right notebook lie links to a secret and to the gradebook, as pictures."""
    write(place, desk.right())
    (place / LESSON / "picture.png").symlink_to(Path(desk.places["home"], "secret.txt"))
    (place / LESSON / "plot.png").symlink_to(desk.places["gradebook"])
    (place / LESSON / "round").symlink_to(".")


@folder(refused=r"regular|pipe|FIFO|device")
def pipe(desk, place):
    """The notebook is a pipe, and whoever opens it waits for ever."""
    (place / LESSON).mkdir(parents=True)
    os.mkfifo(place / LESSON / NAME)


@folder()
def pipe_beside(desk, place):
    """A pipe where nbgrader looks for the time of handing in."""
    write(place, desk.right())
    os.mkfifo(place / LESSON / "timestamp.txt")


@folder()
def notes_behind_links(desk, place):
    """What nbgrader puts beside a notebook leads to a secret and to a device without an end."""
    write(place, desk.right())
    (place / LESSON / "timestamp.txt").symlink_to(Path(desk.places["home"], "secret.txt"))
    (place / LESSON / "submission_secret.txt").symlink_to("/dev/zero")


@folder()
def time_is_nonsense(desk, place):
    """The time of handing in is no time."""
    write(place, desk.right())
    (place / LESSON / "timestamp.txt").write_bytes(b"99999-99-99 \xff\0 tomorrow\n" * 1000)


@folder(refused=r"regular|device|link")
def device(desk, place):
    """The notebook is an endless device, or where that cannot be made, a link to one."""
    (place / LESSON).mkdir(parents=True)
    try:
        os.mknod(place / LESSON / NAME, 0o020666, os.makedev(1, 5))
    except PermissionError:
        (place / LESSON / NAME).symlink_to("/dev/zero")


@folder(refused=r"cannot read")
def unix_socket(desk, place):
    """The notebook is a socket."""
    (place / LESSON).mkdir(parents=True)
    here = os.open(place / LESSON, os.O_RDONLY)  # a socket's own path may hold 107 bytes only
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(f"/proc/self/fd/{here}/{NAME}")
    os.close(here)


@folder(refused=r"folder|regular|no 18_pruning")
def a_folder(desk, place):
    """The notebook is a folder."""
    (place / LESSON / NAME).mkdir(parents=True)


@folder()
def many_files_beside(desk, place):
    """Two thousand other files lie beside a right notebook."""
    write(place, desk.right())
    for number in range(2000):
        (place / LESSON / f"{number}.txt").touch()


@folder()
def modules_beside(desk, place):
    """Beside a right notebook lie a numpy, a sitecustomize and settings, to be run by mistake."""
    write(place, desk.right())
    code = f"open({str(Path(desk.places['elsewhere'], 'ran'))!r}, 'w')\n"
    for name in ("numpy", "sitecustomize", "nbgrader_config", "msgpack", "tito"):
        (place / LESSON / f"{name}.py").write_text(code)


@folder()
def package_beside(desk, place):
    """A tinytorch of the student's own lies beside a right notebook."""
    write(place, desk.right())
    package = place / LESSON / "tinytorch"
    package.mkdir()
    for name in ("__init__", "pruning", "arguments", "digits"):
        (package / f"{name}.py").write_text("raise SystemExit('not the course\\'s package')\n")
