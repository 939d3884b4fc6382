"""How commands show the course's own errors."""

from __future__ import annotations

import click

from tito.errors import CourseError


class Tito(click.Group):
    """A group that shows the course's own errors as one line; a bug keeps its traceback."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except CourseError as error:
            click.echo(f"tito: {error}", err=True)
            ctx.exit(1)
