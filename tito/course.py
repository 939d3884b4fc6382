"""Where everything of a course lies on disk: for all of it, for one lesson, for one student."""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from tito.errors import CourseError, LessonError
from tito.files import save
from tito.notebooks import exercises, read_plain

CONFIG = "nbgrader_config.py"


@dataclass(frozen=True)
class Course:
    """The folders of one checkout, and of the class being graded in it."""

    root: Path
    class_folder: Path

    @classmethod
    def find(cls, start: Path | None = None, class_folder: Path | None = None) -> Course:
        """Find the checkout that holds `start` (default: the current folder)."""
        start = (start or Path.cwd()).resolve()
        for folder in (start, *start.parents):
            if (folder / CONFIG).is_file() and (folder / "modules").is_dir():
                return cls(folder, (class_folder or folder / "course").resolve())
        raise CourseError(
            f"no course found in {start} or above it: run tito inside the checkout, "
            f"the folder that holds {CONFIG} and modules/"
        )

    def keep_out_of_git(self) -> None:
        """Let git ignore a class folder in the checkout: it holds students' work."""
        note = self.class_folder / ".gitignore"
        inside = self.root in self.class_folder.parents
        if inside and not self.class_folder.is_relative_to(self.build) and not note.exists():
            save(note, "*\n")

    @property
    def modules(self) -> Path:
        """Lesson sources, written by hand."""
        return self.root / "modules"

    @property
    def answers(self) -> Path:
        """Known answers to each lesson: modules/answers/LESSON/*.py."""
        return self.modules / "answers"

    @property
    def package(self) -> Path:
        """The generated package, committed."""
        return self.root / self.setting("tool", "nbdev", "lib_name")

    def setting(self, *names: str) -> str:
        """What pyproject.toml says: setting("project", "version")."""
        value: Any = self.settings
        for name in names:
            if name not in value:
                raise CourseError(f"pyproject.toml has no {'.'.join(names)}: {name!r} is missing")
            value = value[name]
        return str(value)

    @cached_property
    def settings(self) -> dict[str, Any]:
        """All of pyproject.toml."""
        try:
            return tomllib.loads((self.root / "pyproject.toml").read_text(encoding="utf-8"))
        except OSError as error:
            raise CourseError(f"cannot read {error.filename}: {error.strerror}") from error
        except tomllib.TOMLDecodeError as error:
            raise CourseError(f"pyproject.toml is not TOML: {error}") from error

    @property
    def build(self) -> Path:
        """Everything else that is generated."""
        return self.root / "build"

    @property
    def notebooks(self) -> Path:
        """Lessons as notebooks, solutions included: build/notebooks/LESSON.ipynb."""
        return self.build / "notebooks"

    @property
    def source(self) -> Path:
        """What nbgrader releases from: build/source/LESSON/LESSON.ipynb."""
        return self.build / "source"

    @property
    def release(self) -> Path:
        """What students get: build/release/LESSON/LESSON.ipynb."""
        return self.build / "release"

    @property
    def support(self) -> Path:
        """What graded kernels import: build/support/LESSON/PACKAGE."""
        return self.build / "support"

    @property
    def toolbox(self) -> Path:
        """What students import, experiments and pictures too: build/toolbox/LESSON/PACKAGE."""
        return self.build / "toolbox"

    @property
    def submitted(self) -> Path:
        """What came in: CLASS/submitted/STUDENT/LESSON/LESSON.ipynb."""
        return self.class_folder / "submitted"

    @property
    def autograded(self) -> Path:
        return self.class_folder / "autograded"

    @property
    def feedback(self) -> Path:
        return self.class_folder / "feedback"

    @property
    def gradebook(self) -> Path:
        return self.class_folder / "gradebook.db"

    @property
    def journals(self) -> Path:
        """What grading writes down first: CLASS/journal/LESSON.jsonl."""
        return self.class_folder / "journal"

    @property
    def seed(self) -> Path:
        """What hidden checks draw their inputs by, a number for each class: CLASS/seed.txt."""
        return self.class_folder / "seed.txt"

    def read_seed(self) -> int:
        """The class's number; 0 for none."""
        try:
            seed = int(self.seed.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return 0
        except ValueError:
            seed = -1
        if seed < 0:
            raise CourseError(
                f"{self.seed} holds no whole number of 0 or more: put back what stood there, or "
                "delete it and everything is graded again"
            )
        return seed

    def keep_seed(self, seed: int) -> None:
        """Write down what a class is graded with."""
        self.keep_out_of_git()
        save(self.seed, f"{seed}\n")

    @property
    def reports(self) -> Path:
        """What is shown of a class: CLASS/report/LESSON."""
        return self.class_folder / "report"

    def lessons(self) -> list[Path]:
        """All lesson sources, in the order of their names."""
        return sorted(self.modules.glob("*.py"))

    def __getitem__(self, name: str) -> Assignment:
        """The lesson called `name`: the name of its file, no .py."""
        known = [path.stem for path in self.lessons()]
        if name not in known:
            raise LessonError(
                f"there is no lesson {name!r} in {self.modules}; "
                f"there are: {', '.join(known) or 'none'}"
            )
        return Assignment(self, name)

    def assignments(self) -> list[Assignment]:
        """The lessons that are graded, as the last build found them, in the order of their names.

        Raises:
            CourseError: there is none.
        """
        if names := sorted(path.name for path in self.source.glob("[!.]*")):
            return [Assignment(self, name) for name in names]
        raise CourseError(f"no lesson is released in {self.root}: run `tito release` first")


def holds_work(folder: Path) -> bool:
    """Whether a hidden folder looks like a student's, not like git's or Jupyter's own."""
    return folder.is_symlink() or any(folder.glob("*/*.ipynb"))


@dataclass(frozen=True)
class Assignment:
    """One lesson in one class: what it is made from, handed in as, and graded into."""

    course: Course
    name: str

    @property
    def lesson(self) -> Path:
        """The source, written by hand."""
        return self.course.modules / f"{self.name}.py"

    @property
    def answers(self) -> Path:
        """Known answers, which prove the checks: modules/answers/LESSON/*.py."""
        return self.course.answers / self.name

    @property
    def source_path(self) -> Path:
        return self.course.source / self.name / f"{self.name}.ipynb"

    @cached_property
    def source(self) -> dict[str, Any]:
        """The notebook the release was made from: grading goes by what was handed out."""
        if self.source_path.is_file():
            notebook = read_plain(self.source_path)
            if exercises(notebook):
                return notebook
        raise self.not_released()

    def not_released(self) -> CourseError:
        return CourseError(
            f"{self.name} is not released: run `tito release --lesson {self.name}` first"
        )

    @property
    def released(self) -> Path:
        """The notebook that students get."""
        return self.course.release / self.name / f"{self.name}.ipynb"

    @property
    def support(self) -> Path:
        """The folder that holds the package as exercises may see it while they are checked."""
        return self.course.support / self.name

    @property
    def toolbox(self) -> Path:
        """The folder that holds the package as students get it: without the lesson's answers."""
        return self.course.toolbox / self.name

    @property
    def journal(self) -> Path:
        return self.course.journals / f"{self.name}.jsonl"

    @property
    def report(self) -> Path:
        """The folder of report.html, grades.csv and students/STUDENT.html."""
        return self.course.reports / self.name

    @property
    def is_handed_in(self) -> bool:
        return any(self.course.submitted.glob(f"*/{self.name}"))

    @property
    def is_graded(self) -> bool:
        return self.journal.is_file()

    def students(self) -> list[str]:
        """Everyone with something in CLASS/submitted, unless it is for other lessons alone.

        A link or a device in place of a folder counts, and so does a folder that is hidden by a dot
        and holds work: that student is refused, not lost.
        """
        submitted = self.course.submitted
        students = sorted(
            path.name
            for path in (submitted.iterdir() if submitted.is_dir() else ())
            if (path.is_symlink() or not path.is_file())
            and (not path.name.startswith(".") or holds_work(path))
            and not self._is_for_others(path)
        )
        if not students:
            raise CourseError(
                f"no submissions in {self.course.class_folder}: expected "
                f"submitted/STUDENT/{self.name}/{self.name}.ipynb there"
            )
        return students

    def _is_for_others(self, student: Path) -> bool:
        if student.is_symlink() or os.path.lexists(student / self.name):
            return False
        return any(os.path.lexists(student / path.stem) for path in self.course.lessons())

    def submission(self, student: str) -> Path:
        return self.course.submitted / student / self.name / f"{self.name}.ipynb"

    def autograded(self, student: str) -> Path:
        return self.course.autograded / student / self.name / f"{self.name}.ipynb"

    def feedback_page(self, student: str) -> Path:
        return self.course.feedback / student / self.name / f"{self.name}.html"
