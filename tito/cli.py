"""The `tito` commands: each a few lines over a function that can be called without a process."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from functools import partial
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem, get_completion_class

from tito.course import Assignment, Course
from tito.doctor import ROLES, examination
from tito.errors import CourseError
from tito.group import Tito, version_option
from tito.progress import bar
from tito.student import cli as student

# What a command works with is imported in it: all together take a second, more than some take.
if TYPE_CHECKING:
    from tito.grades import Grades


def lesson_names(_ctx: click.Context, _param: click.Parameter, begun: str) -> list[CompletionItem]:
    """What a shell may complete after --lesson; nothing outside a checkout."""
    try:
        lessons = Course.find().lessons()
    except CourseError:
        return []
    return [CompletionItem(path.stem) for path in lessons if path.stem.startswith(begun)]


lesson_option = click.option(
    "--lesson",
    help="Name of the lesson file, no .py.  [default: all lessons with exercises]",
    shell_complete=lesson_names,
)
PAIRS_SHOWN = 20  # in the terminal
lesson_argument = click.argument("lesson", shell_complete=lesson_names)
class_argument = click.argument(
    "folder", required=False, type=click.Path(path_type=Path, file_okay=False)
)


@click.group(cls=Tito, context_settings={"help_option_names": ["-h", "--help"]})
@version_option
def main() -> None:
    """Carry a lesson from its source to a graded class.

    \b
    modules/*.py -> notebook -> package               tito build
                             -> student notebook      tito release
    submissions  -> grades   -> feedback              tito grade, tito feedback

    \b
    Example:
      tito demo
    """


def chosen(
    course: Course, lesson: str | None, fits: Callable[[Assignment], bool] = lambda each: True
) -> list[Assignment]:
    """The lesson that was named; else those with exercises that fit, or all where none does."""
    if lesson:
        return [course[lesson]]
    graded = course.assignments()
    return list(filter(fits, graded)) or graded


def in_checkout(path: Path) -> str:
    """A path as one types it where one stands, where that is shorter."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def named(students: list[str], most: int = 8) -> str:
    """The first of many students."""
    more = len(students) - most
    return ", ".join(students[:most]) + (f" and {more} more" if more > 0 else "")


def show(grades: Grades) -> None:
    from rich.console import Console

    from tito.report.table import to_table

    Console().print(to_table(grades))


@main.command()
@click.option("--check", is_flag=True, help="Change nothing; fail if the package is out of date.")
@click.pass_context
def build(ctx: click.Context, check: bool) -> None:
    """Turn the lessons in modules/ into notebooks and the package.

    \b
    Example:
      tito build
      tito build --check
    """
    from tito import build as building

    course = Course.find()
    if check:
        differences = building.check(course)
        click.echo("\n".join(differences) or f"{course.package.name}/ is what the lessons make")
        ctx.exit(1 if differences else 0)
    changed = building.build(course)
    for path in changed:
        click.echo(f"{'wrote' if path.exists() else 'removed'} {in_checkout(path)}")
    if not changed:
        click.echo(f"nothing to do: notebooks and {course.package.name}/ are up to date")


@main.command()
@lesson_option
@click.option("--url", metavar="ADDRESS", help="Where LESSON.zip can be had by students.")
def release(lesson: str | None, url: str | None) -> None:
    """Make each lesson's notebook and bundle for students: no solutions, no hidden checks.

    The bundle, build/student/LESSON.zip, holds the notebook and all that a student installs. Put it
    at ADDRESS and the notebook alone is enough, in Colab too: where its package is missing, the
    first cell fetches the bundle from there and installs its wheel, and nothing else.

    \b
    Example:
      tito release
      tito release --url https://course.example/labs/LESSON.zip
    """
    from tito.build import build
    from tito.bundling import bundle
    from tito.releasing import hand_out

    course = Course.find()
    named = [course[lesson]] if lesson else []
    folder, end = (url or "").rpartition("/")[::2]
    if url and not (re.match("https?://[^/]", folder) and end.endswith(".zip")):
        raise click.BadParameter(
            f"expected such as https://course.example/labs/LESSON.zip, got {url}",
            param_hint="--url",
        )
    build(course)
    for assignment in named or course.assignments():
        address = f"{folder}/{assignment.name}.zip" if url else ""
        click.echo(in_checkout(hand_out(assignment, address)))
        click.echo(in_checkout(bundle(assignment)))


@main.command()
def site() -> None:
    """Make build/site: labs without answers, guides and docstrings as pages with a search.

    Put the folder on any web server. Sphinx makes it: pip install -c constraints.txt -e ".[site]".

    \b
    Example:
      tito site
    """
    from tito.site import site

    place = site(Course.find())
    click.echo(f"wrote {in_checkout(place)}: open {in_checkout(place / 'index.html')}")


@main.command()
@class_argument
@lesson_option
@click.option("--regrade", is_flag=True, help="Grade all again, unchanged submissions too.")
@click.option(
    "--workers", type=click.IntRange(1, 256), help="Judge so many at a time.  [default: all cores]"
)
@click.option("--trust-submissions", is_flag=True, help="Run students' code without isolating it.")
@click.option("--scheduler", metavar="ADDRESS", help="Judge on this Dask cluster: docs/cluster.md.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON: docs/results.md.")
def grade(
    folder: Path | None,
    lesson: str | None,
    regrade: bool,
    workers: int | None,
    trust_submissions: bool,
    scheduler: str | None,
    as_json: bool,
) -> None:
    """Grade what lies in FOLDER/submitted/STUDENT/LESSON/LESSON.ipynb.

    FOLDER is the class folder, by default course/ in the checkout. Without --lesson every lesson
    is graded that somebody handed in. Submissions are only read. One that has not changed since it
    was graded is not graded again, and a run that was stopped goes on where it was.

    Students' code runs isolated from your files and from the network, in bubblewrap; where that
    is not to be had, nothing is graded unless you say that you trust the submissions.

    \b
    Example:
      tito grade build/demo
      tito grade build/demo --workers 2
      tito grade build/demo --regrade --trust-submissions
      tito grade build/demo --json
    """
    from tito.grading.judges import local_judges
    from tito.grading.run import grade
    from tito.judging.cluster import ClusterJudges
    from tito.sandbox import ISOLATED, TRUSTED, Isolation
    from tito.sandbox.layout import refuse_exposed

    course = Course.find(class_folder=folder)
    isolation: Isolation = TRUSTED if trust_submissions else ISOLATED
    if isolation == ISOLATED and not scheduler:  # on workers of a cluster neither folder is there
        refuse_exposed([course.root, course.class_folder])
    if scheduler and workers:
        raise click.UsageError("--workers is for this machine; --scheduler has workers of its own")
    judging = local_judges(workers, isolation)
    if scheduler:
        judging = partial(ClusterJudges, address=scheduler, isolation=isolation)
    every: list[Grades] = []
    for assignment in chosen(course, lesson, attrgetter("is_handed_in")):
        graded = grade(assignment, regrade, bar("grading"), judging)

        # Here, because nbgrader comes with it: `grade` has judges at work before it loads that.
        from tito.grades import read_grades
        from tito.report import publish

        grades = read_grades(assignment)
        files = publish(assignment, grades)
        every.append(grades)
        if as_json:
            continue
        show(grades)
        count(graded, grades)
        click.echo("\n".join(f"wrote {in_checkout(each)}" for each in files))
    if as_json:
        from tito.report.results import results

        click.echo(json.dumps(results(every), indent=1))
    else:
        click.echo("next: tito feedback")


@main.command()
@class_argument
@lesson_option
@click.option("--zip", "zips", is_flag=True, help="And one zip for Canvas or Moodle to hand back.")
@click.pass_context
def feedback(ctx: click.Context, folder: Path | None, lesson: str | None, zips: bool) -> None:
    """Write a page for each graded student in FOLDER: the notebook with checks and points.

    Without --lesson that is done for every lesson that was graded.
    Fails when a plain page had to stand in for one, which then says so.

    --zip also writes feedback_PLATFORM.zip beside the report, for what `tito collect` took from
    there: Moodle's "Upload multiple feedback files in a zip", Canvas' "Upload Submissions".

    \b
    Example:
      tito feedback build/demo
      tito feedback build/demo --zip
    """
    from tito.collecting.exchange import ready_to_return
    from tito.grades import read_grades
    from tito.grading.pages import feedback
    from tito.report import publish
    from tito.report.returning import feedback_zips

    failed = False
    for assignment in chosen(Course.find(class_folder=folder), lesson, attrgetter("is_graded")):
        written = feedback(assignment, bar("feedback for"))
        for doubt in (*ready_to_return(assignment), *written.doubts()):
            click.echo(doubt, err=True)
        _, page = publish(assignment, read_grades(assignment))
        click.echo(f"pages written: {len(written.students)}; the others are as they were")
        failed = failed or bool(written.problems)
        click.echo(f"open {in_checkout(page)}: it leads to each page")
        if zips:
            returned = feedback_zips(assignment)
            for path in returned.zips:
                click.echo(f"wrote {in_checkout(path)}")
            if returned.without:
                click.echo(f"in no zip, as no platform's file is known: {named(returned.without)}")
    ctx.exit(1 if failed else 0)


@main.command()
def demo() -> None:
    """Release every lesson with exercises, and grade a small made-up class in build/demo.

    \b
    Example:
      tito demo
    """
    from tito.demo import demo

    for made in demo(Course.find(), bar):
        show(made.grades)
        count(made.graded, made.grades)
        click.echo(f"grades: {in_checkout(made.csv)}")
        click.echo(f"report: {in_checkout(made.report)} (open it in a browser)")
    click.echo("next:   make lab, to see a lesson as a student does")


def count(graded: list[str], grades: Grades) -> None:
    """Say how many were graded now, and how many earlier results were reused."""
    from tito.grades import MISSING

    missing = sum(row.status == MISSING for row in grades.rows)
    whole = len(grades.rows) - missing
    nothing = f"; {missing} handed nothing in" if missing else ""
    click.echo(f"graded {len(graded)} of {whole}; {whole - len(graded)} unchanged{nothing}")


@main.command()
@lesson_option
@click.option(
    "--exercise", "exercises", metavar="NAME", multiple=True, help="Only this one, with --lesson."
)
@click.pass_context
def mistakes(ctx: click.Context, lesson: str | None, exercises: tuple[str, ...]) -> None:
    """Show what each known mistake is told by the check that catches it.

    The mistakes are those in modules/answers. Fails if one is not caught, costs more than its own
    exercise, or is not told what the catalogue says.

    \b
    Example:
      tito mistakes
    """
    from rich.console import Console

    from tito.build import build
    from tito.mistakes import mistakes, to_table

    course = Course.find()
    if exercises and not lesson:
        raise click.UsageError("--exercise needs --lesson: which lesson is it of?")
    named = [course[lesson]] if lesson else []
    build(course)
    found = [
        each
        for assignment in named or course.assignments()
        for each in mistakes(assignment, bar("trying"), exercises)
    ]
    Console().print(to_table(found))
    right = sum(mistake.costs_its_own_alone for mistake in found)
    click.echo(f"{right} of {len(found)} mistakes cost their own exercise and no other")
    unnamed = [mistake.answer.name for mistake in found if not mistake.is_named]
    if unnamed:
        click.echo(f"not told what modules/answers says of them: {', '.join(unnamed)}")
    ctx.exit(0 if right == len(found) and not unnamed else 1)


@main.command()
@lesson_argument
@class_argument
def autograder(lesson: str, folder: Path | None) -> None:
    """Write the zip that Gradescope takes as an autograder: build/autograder/LESSON.zip.

    It gives the points that `tito grade` gives in the class of FOLDER: the same judge, limits and
    hidden checks. No solution is in it. Points of questions are given by hand, in Gradescope.

    \b
    Example:
      tito autograder LESSON
    """
    from tito.autograder.making import autograder

    path = autograder(Course.find(class_folder=folder)[lesson])
    click.echo(f"wrote {in_checkout(path)}")
    click.echo("next: in Gradescope, Programming Assignment, Configure Autograder: this zip")


@main.command()
@lesson_argument
@click.argument("repository", type=click.Path(path_type=Path, file_okay=False))
def workflow(lesson: str, repository: Path) -> None:
    """Write REPOSITORY/.github/workflows/LESSON.yml, which checks each push on GitHub.

    REPOSITORY is the one that students start from: what is in LESSON.zip, at its top or in a folder
    LESSON. At each push the visible checks run; the page of the run says how each exercise stands,
    checks.json is its artifact, and it fails until all pass. `tito collect` takes in the clones.

    \b
    Example:
      tito workflow LESSON build/template
    """
    from tito.workflow import workflow

    click.echo(f"wrote {in_checkout(workflow(Course.find()[lesson], repository))}")


@main.command()
@lesson_argument
@class_argument
def similar(lesson: str, folder: Path | None) -> None:
    """List the pairs in FOLDER whose answers are alike, to be looked at: it judges nobody.

    Names, comments, texts and the order of statements do not count, nor does what the stub, the
    reference or most of the class have. FOLDER/report/LESSON/similar.html shows the answers side by
    side.

    \b
    Example:
      tito similar LESSON build/demo
    """
    from rich.console import Console

    from tito.similar import similar
    from tito.similar.table import to_table

    found = similar(Course.find(class_folder=folder)[lesson])
    if found.pairs:
        Console().print(to_table(found.pairs[:PAIRS_SHOWN]))
    for exercise, students in found.unread.items():
        click.echo(f"{exercise}: no Python, and not compared: {named(students)}")
    click.echo(
        f"pairs with answers that are alike: {len(found.pairs)}, of {found.students} students"
    )
    click.echo(f"wrote {in_checkout(found.page)}")


@main.command()
@click.argument("source", type=click.Path(path_type=Path))
@class_argument
@lesson_option
@click.option("--pattern", metavar="REGEX", help="Where a path says name, id, time or late.")
@click.option("--preview", is_flag=True, help="Write nothing; show what would be taken from whom.")
@click.option("--replace", is_flag=True, help="Take these even where what is there is newer.")
@click.option("--all", "every", is_flag=True, help="Show a line for each file.")
def collect(
    source: Path,
    folder: Path | None,
    lesson: str | None,
    pattern: str | None,
    preview: bool,
    replace: bool,
    every: bool,
) -> None:
    """Take in what a class handed in, into FOLDER/submitted/STUDENT/LESSON.

    SOURCE is what Canvas, Moodle, Brightspace, Blackboard, Sakai, ILIAS, Teams or Gradescope gives
    for "download all submissions", as zip or unpacked; the `inbound` folder of nbgrader's
    exchange; a folder of cloned repositories; or any folder with STUDENT/NOTEBOOK.ipynb or
    STUDENT.ipynb. Elsewhere --pattern says it, with groups called name, id, time, late.

    Of several files of a student the one with answers, and of these the newest, is taken; a newer
    submission is never replaced by an older one. FOLDER/roster.csv says which folder is which
    student, FOLDER/collected/LESSON.csv what came of each file. Where several lessons have
    exercises, --lesson says which one this is.

    \b
    Example:
      tito collect build/demo/submitted build/collected --lesson LESSON
      tito collect build/demo/submitted --lesson LESSON --preview --pattern '(?P<name>.+)/.+/.+'
    """
    from rich.console import Console

    from tito.collecting import UnclearError, collect
    from tito.collecting.record import record_file
    from tito.collecting.table import FITS, attention, summary, to_table, without_any

    assignment, *others = chosen(Course.find(class_folder=folder), lesson)
    if others:
        names = ", ".join(each.name for each in (assignment, *others))
        raise click.UsageError(f"say which lesson was handed in: --lesson, one of {names}")
    most = None if every else FITS
    try:
        outcomes = collect(assignment, source, pattern, replace, preview)
    except UnclearError as error:
        Console().print(to_table(error.preview, FITS))
        raise
    if shown := attention(outcomes):
        Console().print(to_table(outcomes, most))
    if nothing := without_any(outcomes):
        click.echo(f"nothing was taken of {len(nothing)}: {named(nothing)}")
    if preview:
        click.echo(f"{summary(outcomes)}; nothing is written: leave out --preview to take them in")
        return
    if not every and (more := len(shown) - FITS) > 0:
        click.echo(f"and {more} more to look at")
    click.echo(f"each file: {in_checkout(record_file(assignment))}")
    where = f" {in_checkout(folder)}" if folder else ""
    click.echo(f"{summary(outcomes)}; next: tito grade{where}")


@main.command()
@click.argument("export", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@class_argument
def roster(export: Path, folder: Path | None) -> None:
    """Take over names, numbers and sections into FOLDER/roster.csv.

    EXPORT is what Canvas gives for "Export entire gradebook", or Moodle's grading worksheet or
    list of participants, in any language, as the platform wrote it, or the roster of another class
    folder. Students who are known are filled in, the others are added: who hands nothing in is then
    a line in report and grades.

    \b
    Example:
      tito roster gradebook.csv build/collected
    """
    from tito.collecting.exports import read_export
    from tito.collecting.roster import Roster

    known = Roster.read(Course.find(class_folder=folder))
    people = read_export(export)
    new = known.merge(people)
    known.save()
    click.echo(f"{len(people)} students, {new} of them new: {in_checkout(known.path)}")


@main.command()
@class_argument
@lesson_option
def report(folder: Path | None, lesson: str | None) -> None:
    """Write report.html, grades.csv and a page for each student into FOLDER/report/LESSON.

    Without --lesson that is done for every lesson that was graded. Points given by hand since the
    last grading are taken over. Nothing is graded.

    \b
    Example:
      tito report build/demo
    """
    from tito.grades import read_grades
    from tito.grading.pages import out_of_date
    from tito.report import publish

    for assignment in chosen(Course.find(class_folder=folder), lesson, attrgetter("is_graded")):
        files = publish(assignment, read_grades(assignment))
        for file in files:
            click.echo(f"wrote {in_checkout(file)}")
        click.echo("and a page for each student beside them")
        if stale := out_of_date(assignment):
            are = "page is" if len(stale) == 1 else "pages are"
            click.echo(f"{len(stale)} feedback {are} not up to date with it; next: tito feedback")


@main.command()
@class_argument
@lesson_option
@click.option("--format", "kind", type=click.Choice(["plain", "canvas", "moodle"]), default="plain")
@click.option("--assignment", "title", help="Canvas: title and number. Default: lesson's name.")
@click.option("--so-far", is_flag=True, help="Give points where answers are not all read, too.")
@click.option(
    "--fill",
    "worksheet",
    metavar="WORKSHEET",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="Write into this file, which Canvas or Moodle gave.",
)
def grades(
    folder: Path | None,
    lesson: str | None,
    kind: str,
    title: str | None,
    so_far: bool,
    worksheet: Path | None,
) -> None:
    """Write the grades as a file that Canvas or Moodle imports: checks and hand points together.

    FOLDER/roster.csv says who is who there. A student with answers that nobody has read gets an
    empty cell. Without --lesson there is a file for every lesson that was graded.

    --fill takes Canvas' exported gradebook or Moodle's grading worksheet, in any language, and
    changes nothing in it but the cells of grades that are known. Upload it as it is then.

    \b
    Example:
      tito grades build/demo
      tito grades build/demo --lesson LESSON --format canvas --assignment "Lab 1 (4242)"
      tito grades build/demo --format moodle --so-far
    """
    from tito.report import export, fill_in

    assignments = chosen(Course.find(class_folder=folder), lesson, attrgetter("is_graded"))
    if title and len(assignments) > 1:
        raise click.UsageError("--assignment is the title of one lesson: name it with --lesson")
    if worksheet and len(assignments) > 1:
        raise click.UsageError("--fill is for the grades of one lesson: name it with --lesson")
    for assignment in assignments:
        if worksheet:
            filled = fill_in(assignment, worksheet, title, so_far)
            for doubt in filled.doubts:
                click.echo(doubt, err=True)
            what = f"{filled.written} grades into {in_checkout(worksheet)}"
            click.echo(f"wrote {what}: upload it to {filled.platform.title()}")
            continue
        path, doubts = export(assignment, kind, title, so_far)
        for doubt in doubts:
            click.echo(doubt, err=True)
        click.echo(in_checkout(path))


@main.command()
@click.argument("lesson", required=False, shell_complete=lesson_names)
@click.option(
    "--class",
    "folder",
    metavar="FOLDER",
    type=click.Path(path_type=Path, file_okay=False),
    help="The class folder.  [default: course/ in the checkout]",
)
@click.option("--names", is_flag=True, help="Show whose answer it is.")
@click.option(
    "--step",
    type=click.Choice(["1", "0.5", "0.25"]),
    default="0.5",
    show_default=True,
    help="Points are given in steps of this.",
)
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, help="Listen here.  [default: a free one]"
)
def read(lesson: str | None, folder: Path | None, names: bool, step: str, port: int) -> None:
    """Read and mark the answers that a person grades, in a browser on this machine.

    One question at a time over the class, the marking guide beside the answer, nobody's name. Marks
    are written into the gradebook at once, as formgrader writes them; one that somebody else gave
    meanwhile is shown, never replaced unseen. Open the address that is printed; Ctrl-C ends it.

    Without LESSON these are the questions of every lesson that was graded.

    \b
    Example:
      tito read LESSON --class build/demo
      tito read LESSON --class build/demo --names --step 0.25
    """
    from tito.collecting.roster import Roster
    from tito.reading import readings
    from tito.reading.server import Reading, serve

    course = Course.find(class_folder=folder)
    with readings(chosen(course, lesson, attrgetter("is_graded"))) as lessons:
        lines = Roster.read(course).lines.items() if names else None
        people = None if lines is None else {student: line["name"] for student, line in lines}
        reading = Reading(lessons, people, float(step))
        serve(reading, port, lambda address: click.echo(f"open {address} (Ctrl-C ends it)"))
    where = f" {in_checkout(folder)}" if folder else ""
    click.echo(f"\nmarks saved: {reading.saved}; next: tito report{where}, tito feedback{where}")


@main.command()
@click.option(
    "--prefix",
    default=sys.prefix,
    type=click.Path(path_type=Path, file_okay=False),
    help="Install below this folder.  [default: the environment that tito runs in]",
)
def kernelspec(prefix: Path) -> None:
    """Install the isolated kernel for other courses that grade with plain nbgrader.

    This course's `nbgrader autograde` takes it by itself: see docs/plain-nbgrader.md.

    \b
    Example:
      tito kernelspec --prefix build/jupyter
    """
    from tito.isolated_kernel import install

    folder = install(Course.find(), prefix)
    click.echo(f"wrote {in_checkout(folder)}")
    click.echo(
        f"next: kernel_name {folder.name!r} in the other course, as docs/plain-nbgrader.md says"
    )


@main.command()
@click.argument("role", required=False, type=click.Choice(ROLES))
@click.pass_context
def doctor(ctx: click.Context, role: str | None) -> None:
    """Say what is missing here for a ROLE, or for all of them, and how to get it.

    Fails when something is missing for the ROLE asked for.

    \b
    Example:
      tito doctor
      tito doctor student
    """
    lines, ready = examination(role)
    click.echo("\n".join(lines))
    ctx.exit(0 if ready else 1)


@main.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print what makes SHELL complete commands, options and lessons after the Tab key.

    bash and zsh: put `eval "$(tito completion bash)"`, or zsh, into ~/.bashrc or ~/.zshrc. fish:
    `tito completion fish > ~/.config/fish/completions/tito.fish`.

    \b
    Example:
      tito completion bash
    """
    script = get_completion_class(shell)
    assert script is not None  # the choices above are click's own
    click.echo(script(main, {}, "tito", "_TITO_COMPLETE").source())


for command in (student.check, student.export, student.submit):
    main.add_command(command)
