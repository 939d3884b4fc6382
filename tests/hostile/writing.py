"""Code that changes what is not the student's."""

from .case import in_cell


@in_cell(real=True)
def gives_everyone_999_points(places):
    """Open the gradebook and set every score to 999."""
    import sqlite3

    with sqlite3.connect(places["gradebook"]) as gradebook:
        gradebook.execute("update grade set auto_score = 999, manual_score = 999")
        gradebook.execute("create table owned (x)")
    return True


@in_cell()
def deletes_the_gradebook(places):
    """Delete the gradebook and all submissions."""
    import os
    import shutil

    shutil.rmtree(os.path.dirname(places["gradebook"]))
    return True


@in_cell(real=True)
def changes_another_submission(places):
    """Write into what another student handed in."""
    with open(places["other"], "a") as file:
        return file.write("\n")


@in_cell(real=True)
def leaves_a_file_in_the_course(places):
    """Put a module into the checkout, to be imported by the grader next time."""
    import pathlib

    return pathlib.Path(places["root"], "sqlite3.py").write_text("print('owned')")


@in_cell(real=True)
def leaves_a_file_at_home(places):
    """Put a start-up file into the instructor's home folder."""
    import pathlib

    return pathlib.Path(places["home"], ".bashrc").write_text("echo owned")


@in_cell(real=True)
def leaves_a_file_elsewhere(places):
    """Put a file into a folder that everybody may write."""
    import pathlib

    return pathlib.Path(places["elsewhere"], "owned").write_text("owned")


@in_cell()
def changes_the_packages(places):
    """Put start-up code beside the installed packages, and into numpy."""
    import pathlib

    import numpy

    for path in (
        pathlib.Path(numpy.__file__).with_name("owned.py"),
        pathlib.Path(numpy.__file__).parents[1] / "owned.pth",
    ):
        path.write_text("import owned")
    return True


@in_cell(real=True)
def changes_the_settings(places):
    """Add a line to nbgrader's settings."""
    import pathlib

    with pathlib.Path(places["root"], "nbgrader_config.py").open("a") as file:
        return file.write("print('owned')\n")


@in_cell(real=True)
def forges_the_journal(places):
    """Write a verdict of its own into every file beside the gradebook."""
    import pathlib

    written = 0
    for path in pathlib.Path(places["gradebook"]).parent.rglob("*.json*"):
        with path.open("a") as file:
            written += file.write('{"student": "me", "scores": {"neuron_scores_check": 999}}\n')
    return written or pathlib.Path(places["gradebook"]).with_name("x.jsonl").write_text("{}")


@in_cell()
def becomes_another_user(places):
    """Become root, or the user of another sandbox."""
    import os

    before = os.getresuid()
    for user in (0, 64_000, 64_001, 1000):
        try:
            os.setresuid(user, user, user)
        except (OSError, ValueError):
            pass
    return os.getresuid() if os.getresuid() != before else None


@in_cell()
def mounts_the_machine_again(places):
    """Make namespaces of its own and mount the disk in them, and look for the course there."""
    import ctypes
    import os

    libc = ctypes.CDLL(None, use_errno=True)
    libc.unshare(0x10000000 | 0x00020000)
    os.makedirs("/tmp/disk", exist_ok=True)
    libc.mount(b"/", b"/tmp/disk", None, 4096 | 16384, None)
    libc.umount2(b"/", 2)
    libc.umount2(b"/tmp", 2)
    libc.umount2(b"/proc", 2)
    libc.mount(b"proc", b"/proc", b"proc", 0, None)
    seen = ["/tmp/disk" + places["source"], places["source"], f"/proc/{places['pid']}/environ"]
    return [path for path in seen if os.path.exists(path)]
