"""Whose the files of a folder are that no platform named: the first folder that differs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

from tito.collecting.files import may_be_notebook
from tito.collecting.names import Whose, is_generic, name_in

# What a student's bundle and a repository of one hold, beside the notebook.
SUBMISSION, READING = "submission", "reading"
OF_A_BUNDLE = {SUBMISSION, READING, "tests"}
CLONES = "-submissions"  # `gh classroom clone` writes ASSIGNMENT-submissions/ASSIGNMENT-USER
Folders = tuple[str, ...]


@dataclass(frozen=True)
class Layout:
    """How the notebooks of one source lie in its folders."""

    lesson: str
    depth: int | None  # of the folder that is a student's; None where the files' names say it
    wrapper: str  # the folder above it

    @classmethod
    def of(cls, paths: Sequence[str], lesson: str) -> Layout:
        """The layout in which the notebooks at `paths` lie."""
        places = {student_folders(path, lesson) for path in paths}
        levels = zip(*places, strict=False)
        shared = [each[0] for each in takewhile(lambda level: len(set(level)) == 1, levels)]
        if len(places) > 1:
            return cls(lesson, len(shared), shared[-1] if shared else "")
        own = [place for place, name in enumerate(shared) if not is_generic(name)]
        if not own or names_tell(paths, lesson):
            return cls(lesson, None, "")
        return cls(lesson, own[-1], "")

    def whose(self, path: str) -> Whose | None:
        """Whose the file at `path` is; nothing when no name says it."""
        folders, file = path.split("/")[:-1], path.split("/")[-1]
        stem = file.rsplit(".", 1)[0]
        lesson = stem if may_be_notebook(file) and folders[-1:] == [stem] else ""
        if self.depth == len(folders) and "." not in file:  # a link in the place of a folder
            folders.append(file)
        if self.depth is None or self.depth >= len(folders):
            name = name_in(stem, self.lesson) if may_be_notebook(file) else ""
            return Whose(name, f"{self.lesson}.ipynb") if name else None
        name = self.without_prefix(folders[self.depth])
        return None if is_generic(name) else Whose(name, file, lesson=lesson)

    def without_prefix(self, folder: str) -> str:
        """The user in the name of a clone."""
        prefix = self.wrapper.removesuffix(CLONES) + "-"
        return folder.removeprefix(prefix) if self.wrapper.endswith(CLONES) else folder


def student_folders(path: str, lesson: str) -> Folders:
    """The folders above a notebook, without those that a bundle has by itself."""
    *folders, file = path.split("/")
    while folders and folders[-1] in {lesson, file.rsplit(".", 1)[0], *OF_A_BUNDLE}:
        folders.pop()
    return tuple(folders)


def names_tell(paths: Sequence[str], lesson: str) -> bool:
    """Whether notebooks in one folder are called by their students: "Ada - LESSON.ipynb"."""
    stems = [path.split("/")[-1].rsplit(".", 1)[0] for path in paths]
    called = [stem for stem in stems if lesson in stem] or stems
    named = [stem for stem in called if name_in(stem, lesson)]
    return len(named) > 1 or any(f" - {lesson}" in stem for stem in named)


def in_bundle(path: str, lesson: str) -> str:
    """The folder of a bundle in which a file lies: "submission", "reading", or nothing."""
    folders = path.split("/")[:-1]
    while folders and folders[-1] == lesson:
        folders.pop()
    return folders[-1] if folders and folders[-1] in OF_A_BUNDLE else ""
