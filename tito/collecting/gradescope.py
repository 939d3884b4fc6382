"""Whose the submissions of a Gradescope export are: submission_metadata.yml says it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import yaml

from tito.collecting.files import METADATA
from tito.collecting.names import GRADESCOPE_FOLDER, Person, Whose
from tito.errors import CourseError

# The file is what Ruby writes: "submission_4567:" and below it ":submitters:", a list of ":name:",
# ":sid:", ":email:", which holds several for a group, and ":created_at:" (github.com/ucbds-infra/
# otter-grader reads it so).


def by_metadata(content: bytes) -> Callable[[str], Whose | None]:
    """A reader of the paths of an export."""
    try:
        said = yaml.safe_load(content)
        whose = {name: submitters(about) for name, about in dict(said).items()}
    except (yaml.YAMLError, ValueError, TypeError, AttributeError, RecursionError) as error:
        reason = " ".join(str(error).split())[:200]
        raise CourseError(f"{METADATA} is not what Gradescope writes: {reason}") from error

    def find(path: str) -> Whose | None:
        folders, file = path.split("/")[:-1], path.split("/")[-1]
        for folder in folders:
            if GRADESCOPE_FOLDER.fullmatch(folder) and folder in whose:
                people, time = whose[folder]
                if not people:
                    return None
                number = int(folder.rpartition("_")[2])
                first = people[0]
                members = people if len(people) > 1 else ()
                name = first.name or first.email
                return Whose(
                    *(name, file, "gradescope", first.id or first.email),
                    time=time,
                    order=number,
                    members=members,
                )
        return None

    return find


def submitters(about: dict[str, Any]) -> tuple[tuple[Person, ...], datetime | None]:
    """Who handed in, and when."""
    people = tuple(
        Person(*(str(each.get(key) or "") for key in (":name", ":sid", ":email")))
        for each in about.get(":submitters") or ()
    )
    time = about.get(":created_at")
    if not isinstance(time, datetime):
        return people, None
    return people, time.replace(tzinfo=time.tzinfo or UTC).astimezone(UTC)
