"""What the commands of instructors and of students have in common."""

from __future__ import annotations

from importlib import metadata
from typing import Any

import click

from tito.consoles import show_every_character
from tito.errors import CourseError


class Tito(click.Group):
    """A group that shows the course's own errors, and Ctrl-C, as one line; a bug keeps its
    traceback. Every console can show what is said."""

    def main(self, *words: Any, **settings: Any) -> Any:
        show_every_character()
        return super().main(*words, **settings)

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except CourseError as error:
            click.echo(f"tito: {error}", err=True)
            ctx.exit(1)
        except KeyboardInterrupt:
            click.echo(
                "\ntito: stopped. What was finished is kept: the same command goes on from there",
                err=True,
            )
            ctx.exit(130)  # as shells have it for Ctrl-C


def distribution() -> str:
    """What `tito` was installed with."""
    return metadata.packages_distributions()["tito"][0]


def show_version(ctx: click.Context, _param: click.Parameter, wanted: bool) -> None:
    if wanted:
        click.echo(f"tito, version {metadata.version(distribution())}")
        ctx.exit()


version_option = click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=show_version,
    help="Show the version and exit.",
)
