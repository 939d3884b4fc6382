"""The commands of a student: check, export, submit."""

from __future__ import annotations

import json
from pathlib import Path

import click
from rich.console import Console

from tito.group import Tito, version_option
from tito.student.checking import NO_PROCESSES, TIME_LIMIT, Result, check_work, has_processes
from tito.student.exporting import export as export_work
from tito.student.in_notebook import default_notebook
from tito.student.lesson import Work, read_work
from tito.student.showing import show, to_dict
from tito.student.submitting import hand_in

notebook_argument = click.argument("notebook", required=False, type=click.Path(path_type=Path))
time_limit_option = click.option(
    "--time-limit",
    default=TIME_LIMIT,
    show_default=True,
    type=click.FloatRange(min=0, min_open=True),
    help="Seconds for one exercise.",
)
to_option = click.option(
    "--to",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder to write to; default: beside the notebook.",
)


@click.group(cls=Tito, context_settings={"help_option_names": ["-h", "--help"]})
@version_option
def main() -> None:
    """Check your notebook, export your own module from it, hand it in.

    NOTEBOOK is by default the lesson's, in the current folder.

    \b
    Example:
      tito check
    """


def checked(work: Work, only: tuple[str, ...], time_limit: float) -> list[Result]:
    """Check, with a note on standard error while it lasts."""
    if not has_processes():
        click.echo(NO_PROCESSES, err=True)
    with Console(stderr=True).status("checking", spinner="line") as status:
        return check_work(
            work, only, time_limit, lambda left: status.update(f"checking: {waiting_for(left)}")
        )


def waiting_for(left: list[str]) -> str:
    return ", ".join(left) if len(left) < 4 else f"{len(left)} exercises left"


@main.command()
@notebook_argument
@click.option("-e", "--exercise", "only", multiple=True, help="Check this exercise; repeatable.")
@time_limit_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON: docs/results.md.")
@click.pass_context
def check(
    ctx: click.Context,
    notebook: Path | None,
    only: tuple[str, ...],
    time_limit: float,
    as_json: bool,
) -> None:
    """Check each exercise of NOTEBOOK, as saved, by itself.

    Each runs in a process of its own, with your answer and the checks you can see; with
    -e EXERCISE only that one. The exit status is 0 if all pass and 1 if not.

    This runs the answers on this machine, with your rights: they can do what you can. What they
    started is ended. Somebody else's notebook is safe in `tito grade`, which shuts it in.

    \b
    Example:
      tito check
      tito check --time-limit 120
      tito check --json
    """
    work = read_work(notebook or default_notebook())
    if notebook:  # perhaps somebody else's
        click.echo(f"running the answers in {notebook} with your rights", err=True)
    results = checked(work, only, time_limit)
    if as_json:
        click.echo(json.dumps(to_dict(work, results), indent=2))
    else:
        show(work, results)
    ctx.exit(0 if all(result.state == "done" for result in results) else 1)


@main.command()
@notebook_argument
@to_option
def export(notebook: Path | None, folder: Path | None) -> None:
    """Make your own PACKAGE/MODULE.py from NOTEBOOK.

    Beside it `import PACKAGE.MODULE` finds your code, and the tests of the bundle test it:
    `pytest`, or `pytest -m EXERCISE` for one exercise.

    \b
    Example:
      tito export
      tito export --to elsewhere
    """
    work = read_work(notebook or default_notebook())
    click.echo(f"wrote {export_work(work, folder or work.path.parent)}; next: pytest")


@main.command()
@notebook_argument
@to_option
@time_limit_option
def submit(notebook: Path | None, folder: Path | None, time_limit: float) -> None:
    """Check NOTEBOOK and write the one file to hand in, submission/LESSON.ipynb.

    What is open is told; an unfinished notebook can be handed in too. Where nbgrader's exchange is
    set up, it goes there, unless --to names a folder.

    \b
    Example:
      tito submit
      tito submit --to elsewhere
    """
    work = read_work(notebook or default_notebook())
    show(work, checked(work, (), time_limit))
    for line in hand_in(work, folder):
        click.echo(line)
