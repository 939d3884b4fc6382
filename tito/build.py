"""From lesson sources to notebooks, the package, and what students import."""

from __future__ import annotations

import ast
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import chdir, contextmanager
from pathlib import Path

from nbdev.export import nb_export

from tito.cells import no_module
from tito.course import Assignment, Course
from tito.errors import CourseError, LessonError
from tito.files import write_whole
from tito.first_cell import put_first_cell
from tito.lessons import Cell, Lesson, read_lesson, to_notebook, without_marks
from tito.lint import lint
from tito.notebooks import notebook_bytes

SKIPPED = {"__pycache__", ".ipynb_checkpoints", ".DS_Store"}
REMEDY = "Run `make build` and commit the result."


def build(course: Course) -> list[Path]:
    """Bring notebooks, package and support up to date; return the files that changed.

    Everything is made in a temporary folder first: a lesson with a fault changes nothing.
    """
    lessons = read_lessons(course)
    with _fresh_build(course, lessons) as fresh:
        pairs = list(zip(_generated(fresh), _generated(course), strict=True))
        for _, target in pairs:
            _refuse_file(target)
        try:
            return [path for made, target in pairs for path in mirror(made, target)]
        except OSError as error:
            raise CourseError(f"cannot write {error.filename}: {error.strerror}") from error


def check(course: Course) -> list[str]:
    """How the committed package differs from what the lessons make now, a line each."""
    lessons = read_lessons(course)
    with _fresh_build(course, lessons) as fresh:
        return _differences(fresh.package, course.package, _origins(lessons))


def read_lessons(course: Course) -> list[Lesson]:
    """All lessons, or an error that tells every fault of every lesson."""
    lessons = [read_lesson(path) for path in course.lessons()]
    if not lessons:
        raise LessonError(f"{course.modules} holds no lesson: a file such as 01_first.py")
    faults = [str(finding) for lesson in lessons for finding in lint(lesson)]
    faults += [] if faults else _shared_modules(lessons)
    if faults:
        raise LessonError("\n".join(faults))
    return lessons


def _shared_modules(lessons: list[Lesson]) -> list[str]:
    first: dict[str, Lesson] = {}
    for lesson in lessons:
        first.setdefault(lesson.module, lesson)
    return [
        f"{lesson.label} exports to {lesson.module}, as {first[lesson.module].label} does; "
        "each lesson needs its own module"
        for lesson in lessons
        if first[lesson.module] is not lesson
    ]


def _generated(course: Course) -> list[Path]:
    """The folders that a build owns: what it did not make there, it removes."""
    return [course.package, course.notebooks, course.source, course.support, course.toolbox]


def _refuse_file(folder: Path) -> None:
    """Say before anything is written that a file stands where a folder has to be."""
    for path in (folder, *folder.parents):
        if path.is_file():
            raise CourseError(f"{path} is a file, but the build needs a folder there; move it away")


@contextmanager
def _fresh_build(course: Course, lessons: list[Lesson]) -> Iterator[Course]:
    """All that is generated, in a temporary folder laid out as the checkout.

    The same layout, so that the places nbdev writes into the package are the same.
    """
    with tempfile.TemporaryDirectory(prefix="tito-") as folder:
        fresh = _empty(course, Path(folder).resolve())
        _write_notebooks(fresh, lessons)
        _export(course, fresh, lessons)
        _write_support(fresh, lessons)
        yield fresh


def _empty(course: Course, root: Path) -> Course:
    """A course without lessons whose package has the name and the version of `course`'s."""
    init = '"""The lessons as a package, generated from modules/."""\n\n'
    init += f'__version__ = "{course.setting("project", "version")}"\n'
    shutil.copyfile(course.root / "pyproject.toml", root / "pyproject.toml")
    fresh = Course(root, root / "course")
    fresh.package.mkdir()
    (fresh.package / "__init__.py").write_bytes(init.encode())
    return fresh


def _write_notebooks(fresh: Course, lessons: list[Lesson]) -> None:
    """Every lesson as a notebook, and those with checks, marks included, as nbgrader's source."""
    fresh.notebooks.mkdir(parents=True)
    fresh.source.mkdir(parents=True)
    for lesson in lessons:
        notebook = to_notebook(lesson)
        notebook.metadata["package"] = fresh.package.name  # a student's commands ask for it
        if lesson.is_graded:
            put_first_cell(notebook, lesson, fresh.package.name)
        name = f"{lesson.name}.ipynb"
        (fresh.notebooks / name).write_bytes(notebook_bytes(without_marks(notebook)))
        if lesson.is_graded:
            (fresh.source / lesson.name).mkdir()
            (fresh.source / lesson.name / name).write_bytes(notebook_bytes(notebook))


def _export(course: Course, fresh: Course, lessons: list[Lesson]) -> None:
    """The package: nbdev's export of every lesson, and the data."""
    init = (fresh.package / "__init__.py").read_bytes()
    for lesson in lessons:
        _export_lesson(fresh, lesson)
    (fresh.package / "__init__.py").write_bytes(init)  # nbdev has one of its own
    if (course.modules / "data").is_dir():
        ignore = shutil.ignore_patterns(*SKIPPED)
        shutil.copytree(course.modules / "data", fresh.package / "data", ignore=ignore)


def _export_lesson(fresh: Course, lesson: Lesson) -> None:
    notebook = fresh.notebooks / f"{lesson.name}.ipynb"
    with chdir(fresh.root):  # nbdev looks for its settings from the current folder upwards
        nb_export(notebook, lib_path=fresh.package)
    module = fresh.package / f"{lesson.module}.py"
    if not module.is_file() or not _exported_names(module):
        raise LessonError(
            f"{lesson.label} exports nothing: no cell with `#| export` names anything"
        )
    # nbdev names the notebook as the file to edit, and writes its system's line ends.
    text = module.read_text(encoding="utf-8")
    made_from = f"../{notebook.relative_to(fresh.root).as_posix()}"
    module.write_bytes(text.replace(made_from, f"../{lesson.label}").encode())


def _exported_names(module: Path) -> list[str]:
    for statement in ast.parse(module.read_text(encoding="utf-8")).body:
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "__all__":
            return list(ast.literal_eval(statement.value))
    return []


def _write_support(fresh: Course, lessons: list[Lesson]) -> None:
    """For each graded lesson the package that its students import, and that its grading does.

    Students' holds the modules that the lesson imports, and those that these import: no answer of
    the lesson itself, and none of a later one. While an exercise is checked there are the modules
    alone that graded cells import; a module of an experiment might hold what answers it.
    """
    graded = [lesson for lesson in lessons if lesson.is_graded]
    for place, lesson in enumerate(graded):
        answers = {each.module: each for each in graded[place:]}
        modules = _imported(fresh.package, lesson.cells)
        if shut := sorted(modules & answers.keys()):
            raise LessonError(
                f"{lesson.label} imports {fresh.package.name}.{shut[0]}, by itself or by a module "
                f"that it imports; the answers to {answers[shut[0]].label} stand there"
            )
        all_modules = {each.module for each in lessons}
        made = Assignment(fresh, lesson.name)
        _copy(fresh.package, made.toolbox / fresh.package.name, all_modules - modules)
        support = made.support / fresh.package.name
        needed = _imported(fresh.package, [cell for cell in lesson.cells if cell.kind])
        _copy(fresh.package, support, all_modules - needed)
        for module in modules - needed:
            said = no_module(f"{fresh.package.name}.{module}")
            (support / f"{module}.py").write_bytes(f"raise ImportError({said!r})\n".encode())


def _copy(package: Path, folder: Path, without: set[str]) -> None:
    """The package, some modules left out."""
    ignored = shutil.ignore_patterns(*(f"{module}.py" for module in without))
    shutil.copytree(package, folder, ignore=ignored)


def _imported(package: Path, cells: Sequence[Cell]) -> set[str]:
    """The modules of the package that some cells name, and those that these name."""
    found: set[str] = set()
    new = _named(package, [each for cell in cells for each in cell.statements])
    while new - found:
        found |= new
        files = [package / f"{name}.py" for name in found]
        trees = [ast.parse(file.read_text(encoding="utf-8")) for file in files]
        new = _named(package, trees)
    return found


def _named(package: Path, trees: Sequence[ast.AST]) -> set[str]:
    """The modules of the package that code imports, by statement or by name ("PACKAGE.MODULE")."""
    names: list[str] = []
    for node in (node for tree in trees for node in ast.walk(tree)):
        match node:
            case ast.ImportFrom(module=module, level=level, names=aliases):
                home = package.name if level else ""
                names += [".".join(filter(None, (home, module, each.name))) for each in aliases]
            case ast.Import(names=aliases):
                names += [each.name for each in aliases]
            case ast.Constant(value=str(text)):
                names.append(text)
    parts = [name.split(".") for name in names]
    own = {part[1] for part in parts if len(part) > 1 and part[0] == package.name}
    return {name for name in own if (package / f"{name}.py").is_file()}


def mirror(made: Path, target: Path) -> list[Path]:
    """Make `target` hold the files of `made` and no others; return what changed."""
    wanted, present = _files(made), _files(target)
    orphans = [target / name for name in present if name not in wanted]
    for path in orphans:
        path.unlink()
    _remove_folders(made, target)
    stale = [name for name in wanted if _content(present.get(name)) != _content(wanted[name])]
    for name in stale:
        write_whole(target / name, wanted[name].read_bytes())
    return orphans + [target / name for name in stale]


def _files(folder: Path) -> dict[str, Path]:
    """The files in a folder by their names relative to it, without caches."""
    paths = {path.relative_to(folder): path for path in folder.rglob("*") if not path.is_dir()}
    return {name.as_posix(): paths[name] for name in sorted(paths) if not SKIPPED & {*name.parts}}


def _content(path: Path | None) -> bytes | None:
    return path.read_bytes() if path and path.is_file() else None


def _remove_folders(made: Path, target: Path) -> None:
    """Remove the folders in `target` that `made` has not, with the caches left in them."""
    folders = [path for path in target.rglob("*") if path.is_dir() and path.name not in SKIPPED]
    for folder in sorted(folders, reverse=True):
        if not (made / folder.relative_to(target)).is_dir():
            shutil.rmtree(folder)


def _origins(lessons: list[Lesson]) -> dict[str, str]:
    """Which source makes which file of the package; data files are not listed."""
    modules = {f"{lesson.module}.py": lesson.label for lesson in lessons}
    return {"__init__.py": "pyproject.toml", **modules}


def _differences(made: Path, package: Path, origins: dict[str, str]) -> list[str]:
    wanted, present = _files(made), _files(package)
    found = []
    for name in sorted({*wanted, *present}):
        source = origins.get(name, f"modules/{name}")
        if name not in wanted:
            found.append(f"{package.name}/{name} comes from no lesson. {REMEDY}")
        elif name not in present:
            found.append(f"{package.name}/{name} is missing; {source} makes it. {REMEDY}")
        elif _content(wanted[name]) != _content(present[name]):
            found.append(f"{package.name}/{name} differs from {source}. {REMEDY}")
    return found
