"""Where everything of a course lies on disk."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tito.errors import CourseError, LessonError

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

    @property
    def modules(self) -> Path:
        """Lesson sources, written by hand."""
        return self.root / "modules"

    @property
    def package(self) -> Path:
        """The generated package, committed."""
        return self.root / "tinytorch"

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
        """What students and graded kernels import: build/support/LESSON/tinytorch."""
        return self.build / "support"

    def support_of(self, lesson: str) -> Path:
        """The folder that holds the package as `lesson` may see it: without its answers."""
        return self.support / lesson

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

    def lessons(self) -> list[Path]:
        """All lesson sources, in the order of their names."""
        return sorted(self.modules.glob("*.py"))

    def lesson(self, name: str) -> Path:
        """The source of the lesson called `name`, for example "18_pruning"."""
        path = self.modules / f"{name}.py"
        if path not in self.lessons():
            known = ", ".join(each.stem for each in self.lessons()) or "none"
            raise LessonError(f"there is no lesson {name!r} in {self.modules}; there are: {known}")
        return path
