"""Whose a file is: read from the names that platforms and nbgrader give to folders and files."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from tito.errors import CourseError
from tito.times import parse_time

CANVAS, MOODLE = "canvas", "moodle"
EXPECTED = (
    "STUDENT/NOTEBOOK.ipynb, STUDENT.ipynb, what nbgrader, Canvas, Moodle, Brightspace, "
    "Blackboard, Sakai, ILIAS, Teams or Gradescope gives, as it is, or a --pattern of your own"
)
SOMEBODY = "user"  # the name, followed by the number, of one whom the platform gives no name


@dataclass(frozen=True)
class Person:
    """A member of a group, as the platform writes it down."""

    name: str
    id: str = ""
    email: str = ""


@dataclass(frozen=True)
class Whose:
    """What the name of a file says."""

    name: str  # the student's, as the source writes it
    original: str  # what the student called the file
    platform: str = ""
    id: str = ""  # the platform's number for the student
    late: bool | None = None  # the platform's word, where it has one
    time: datetime | None = None  # UTC; where the name says it
    lesson: str = ""  # where the name says it
    order: int = 0  # of two files of a student the higher is newer; 0 where time alone decides
    instead: str = ""  # what came that is no file: "a link", "a text"
    is_group: bool = False  # the name and the number are a group's
    members: tuple[Person, ...] = ()  # where the source says who they are


Path = Sequence[str]  # folders and file
Reader = Callable[[Path], Whose | None]

# nbgrader, exchange/default/submit.py: STUDENT+LESSON+TIME, and a random part where configured.
EXCHANGE_FOLDER = re.compile(
    r"(?P<name>.+)\+(?P<lesson>[^+]+)\+(?P<time>\d{4}-\d\d-\d\d [^+]+)(?:\+[^+]*)?"
)

# Moodle, mod/assign/classes/downloader.php (get_student_prefix, load_submissionplugin_filelist):
# "FULL NAME_PARTICIPANT_assignsubmission_file" is a folder, which older versions end with one
# more _, or, without the option "Download submissions in folders", the beginning of a file's name.
# What was typed is "..._assignsubmission_onlinetext/onlinetext.html". Blind marking writes
# "Participant" for the name. Of a team it is "TEAM_TEAMNUMBER_...", and of those who are in none
# "Default group_..." in the site's language, without a number.
MOODLE_NAME = re.compile(
    r"(?P<name>.+?)(?:_(?P<id>\d+))?_assignsubmission_(?P<kind>file|onlinetext)"
    r"(?:_(?P<original>.*))?"
)

# Canvas, lib/content_zipper.rb (get_filename, add_upload_submission, add_url_submission):
# SORTABLENAME[_LATE]_USER_ATTACHMENT_FILE, all in one folder; the name is in small letters without
# spaces. Attachments are numbered as they come. Anonymous marking writes anon_ID for name and user.
# A link or a text that was handed in is SORTABLENAME[_LATE]_USER_link.html, _text.html.
CANVAS_FILE = re.compile(
    r"(?:(?P<name>.+?)_)??(?P<late>LATE_)?(?:(?P<anonymous>anon_[^_]+)|(?P<id>\d+))"
    r"_(?:(?P<attachment>\d+)_(?P<original>.+)|(?P<kind>link|text)\.html)"
)

CANVAS_NUMBERS = re.compile(r"(?:LATE_)?\d+_\d+_")

# Brightspace, "Download" of an assignment's submissions: a folder "USER-SUBMISSION - NAME - Nov 3,
# 2026 1159 PM", as github.com/jdmau72/Grading-Tools- unpacks it; the time is the course's own.
BRIGHTSPACE_FOLDER = re.compile(
    r"(?P<id>\d+)-(?P<order>\d+) - (?P<name>.+?) - (?P<time>[^-]*\d{4}[^-]*)"
)
BRIGHTSPACE_TIMES = ("%b %d, %Y %I%M %p", "%b %d, %Y %I:%M %p", "%d %B, %Y %H:%M", "%d %b %Y %H%M")

# Blackboard, "Assignment File Download": ASSIGNMENT_USER_attempt_TIME_FILE, and one .txt for each
# attempt that says who and when, as github.com/terr-steak/bb-file-cleanup sorts them.
BLACKBOARD_FILE = re.compile(
    r".+_(?P<id>[^_]+)_attempt_(?P<time>\d{4}(?:-\d\d){5})(?:_(?P<original>.+)|(?P<about>\.txt))"
)

# Sakai, "Download all": ASSIGNMENT/LAST, FIRST(ID)/Submission attachment(s)/FILE, and beside it
# timestamp.txt and "Feedback Attachment(s)": ZipContentUtil and AssignmentToolUtils in its source.
SAKAI_FOLDER = re.compile(r"(?P<name>.+?)\s*\((?P<id>[^()]+)\)")
SAKAI_HANDED_IN = re.compile(r"submission attachment\(s\)", re.IGNORECASE)
SAKAI_TYPED = re.compile(r".*submissionText\.html", re.IGNORECASE)

# ILIAS, exercise, "Download all submissions": LAST_FIRST_LOGIN_NUMBER/FILE, and of teams
# Team_NUMBER/LAST_FIRST_LOGIN_NUMBER/FILE, as github.com/DigiKlausur/ilias2nbgrader reads them.
ILIAS_FOLDER = re.compile(
    r"(?P<last>[^_\d]+)_(?P<first>[^_\d]+)_(?P<login>[\w.@-]+?)_(?P<id>\d{3,})"
)
ILIAS_TEAM = re.compile(r"team_(?P<id>\d+)", re.IGNORECASE)

# Microsoft Teams, the class's files: "Submitted files/NAME/ASSIGNMENT/Version 2/FILE", as
# github.com/lwchkg/teams_assignment_explorer walks them; "Working files" are not handed in.
TEAMS_VERSION = re.compile(
    r"(?:version|versión|versão|versione|versie|wersja|версия|バージョン|版本) ?(?P<order>\d+)",
    re.I,
)

# Gradescope, "Export Submissions": submission_NUMBER/FILE, and submission_metadata.yml, which says
# whose each is; see tito.collecting.gradescope.
GRADESCOPE_FOLDER = re.compile(r"submission_\d+")


def exchange(path: Path) -> Whose | None:
    found = EXCHANGE_FOLDER.fullmatch(path[0]) if len(path) > 1 else None
    if not found or not (time := parse_time(found["time"])):
        return None
    when = time.replace(tzinfo=UTC)
    return Whose(found["name"], path[-1], time=when, lesson=found["lesson"])


def moodle(path: Path) -> Whose | None:
    found = MOODLE_NAME.fullmatch(path[0])
    if not found:
        return None
    original = found["original"] if len(path) == 1 else path[-1]
    instead = "a text" if found["kind"] == "onlinetext" else ""
    whose = Whose(found["name"], original or path[-1], MOODLE, found["id"] or "")
    return replace(whose, instead=instead, is_group=found["id"] is None)


def canvas(path: Path) -> Whose | None:
    found = CANVAS_FILE.fullmatch(path[-1])
    if not found or (found["name"] and CANVAS_NUMBERS.match(found["original"] or "")):
        return None  # a name may hold numbers as well: it is not clear which are the user's
    number = found["id"] or found["anonymous"].removeprefix("anon_")
    name = found["anonymous"] or found["name"] or f"{SOMEBODY} {number}"
    order = int(found["attachment"] or 0)
    instead = f"a {found['kind']}" if found["kind"] else ""
    original = found["original"] or path[-1]
    late = bool(found["late"])
    return Whose(name, original, CANVAS, number, late, order=order, instead=instead)


def brightspace(path: Path) -> Whose | None:
    found = BRIGHTSPACE_FOLDER.fullmatch(path[0]) if len(path) > 1 else None
    if not found:
        return None
    time = local_time(found["time"], BRIGHTSPACE_TIMES)
    whose = Whose(found["name"], path[-1], "brightspace", found["id"], time=time)
    return replace(whose, order=int(found["order"]))


def blackboard(path: Path) -> Whose | None:
    found = BLACKBOARD_FILE.fullmatch(path[-1])
    if not found:
        return None
    time = local_time(found["time"], ["%Y-%m-%d-%H-%M-%S"])
    instead = "a text" if found["about"] else ""
    original = found["original"] or path[-1]
    return Whose(found["id"], original, "blackboard", found["id"], time=time, instead=instead)


def sakai(path: Path) -> Whose | None:
    found = SAKAI_FOLDER.fullmatch(path[0]) if len(path) > 1 else None
    typed = SAKAI_TYPED.fullmatch(path[1]) if found else None
    if not found or not (typed or SAKAI_HANDED_IN.fullmatch(path[1])):
        return None
    instead = "a text" if typed else ""
    return Whose(found["name"], path[-1], "sakai", found["id"], instead=instead)


def ilias(path: Path) -> Whose | None:
    for folder in path[:-1]:
        if found := ILIAS_TEAM.fullmatch(folder):
            return Whose(folder, path[-1], "ilias", found["id"], is_group=True)
        if found := ILIAS_FOLDER.fullmatch(folder):
            return Whose(f"{found['first']} {found['last']}", path[-1], "ilias", found["id"])
    return None


def teams(path: Path) -> Whose | None:
    if len(path) < 4 or not (found := TEAMS_VERSION.fullmatch(path[-2])):
        return None
    return Whose(path[-4], path[-1], "teams", order=int(found["order"]))


# These look at the first part of a path. The outermost that fits counts: what lies below it, a
# student has named, perhaps as another's.
BY_FOLDER: tuple[Reader, ...] = (exchange, moodle, brightspace, sakai)
BY_WHOLE_PATH: tuple[Reader, ...] = (blackboard, canvas, teams, ilias)


def by_platform(path: str) -> Whose | None:
    """Whose a file is by the names that a platform gives; nothing where it is none of them."""
    parts = path.split("/")
    for place in range(len(parts)):
        for reader in BY_FOLDER:
            if found := reader(parts[place:]):
                return found
    return next((found for reader in BY_WHOLE_PATH if (found := reader(parts))), None)


def by_pattern(pattern: str) -> Callable[[str], Whose | None]:
    """A reader of one's own: a regular expression that is looked for in each file's path.

    Its groups are `name`, or `id`, or both, and where the names say it `time` and `late`.
    """
    try:
        expression = re.compile(pattern)
    except re.error as error:
        raise CourseError(f"--pattern {pattern!r} is not a regular expression: {error}") from error
    known = {"name", "id", "time", "late"}
    groups = set(expression.groupindex)
    if not groups & {"name", "id"} or groups - known:
        raise CourseError(
            f"--pattern {pattern!r} needs a group called name or id; known are "
            f"{', '.join(sorted(known))}: for example '(?P<name>[^/]+)/[^/]+$'"
        )

    def whose(path: str) -> Whose | None:
        found = expression.search(path)
        said = found.groupdict() if found else {}
        name, number = said.get("name") or "", said.get("id") or ""
        if not name and not number:
            return None
        time = parse_time(said.get("time") or "")
        late = bool(said["late"]) if "late" in said else None
        when = time.replace(tzinfo=UTC) if time else None
        return Whose(name or number, path.split("/")[-1], id=number, late=late, time=when)

    return whose


def local_time(text: str, formats: Sequence[str]) -> datetime | None:
    """A time as a platform writes it, which is the local one; None for anything else."""
    for each in formats:
        try:
            return datetime.strptime(text.strip(), each).astimezone(UTC)
        except (ValueError, OverflowError, OSError):
            continue
    return None


# What a browser, a system or a person adds to the name of another copy, in front or behind.
COPY_OF = re.compile(r"(?:copy of|kopie von|kopie van|copia de|copia di|copie de|kopia av?) ", re.I)
COPY = re.compile(
    r"[ _-]*(?:\(\d+\)|-\d+|- ?(?:copy|kopie|copia|copie)(?: \(\d+\))?|copy ?\d*)$", re.I
)
# A version, and what people call the last one.
VERSION = re.compile(r"[ _-]*(?:final|finished|last|new|neu|v\d+|version ?\d+)$", re.I)
# Words for work and where it lies: of these none is a student.
GENERIC = re.compile(
    r"""(?:
    submi(?:ssions?|t|tted)(?:[ _]files)? | submission[ _]attachment\(s\) | submission_\d+
    | hand(?:ed)?[ _-]?ins? | abgaben? | downloads? | uploads? | export | attachments?
    | notebooks? | note[ _]?books? | work | src | source | home | code | files? | data | docs?
    | reading | tests? | main | master | project | repo(?:sitory)?
    | (?:lab|lesson|assignment|homework|hw|exercise|task|ex|week|module)[ _-]*\d*
    | (?:section|class)[ _-]*\d* | group | team
    | (?:my|our)[ _-]?(?:work|answers?|solutions?|notebook|homework|lab|copy)
    | answers? | solutions? | solved | student | students | participant | name | anonymous
    | (?:version|v|attempt|part)[ _-]*\d+ | final | finished | last | draft
    | new[ _]folder | untitled\d*
    | copy | copy[ _-]?of.* | kopie.* | copia.* | copie[ _]d.* | backup | old | new | tmp | temp
    | zip | default[ _]group | working[ _]files
    )""",
    re.I | re.VERBOSE,
)  # fmt: skip


def is_generic(name: str) -> bool:
    """Whether a name is a word that many folders and files have, and so nobody's."""
    return not name.strip("_-. ()") or bool(GENERIC.fullmatch(name.strip()))


def name_in(stem: str, lesson: str) -> str:
    """The student in the name of a file; nothing when it says no more than the lesson's name."""
    rest = stem
    while True:
        bare = VERSION.sub("", COPY.sub("", COPY_OF.sub("", rest.strip()))).strip()
        if bare == rest:
            break
        rest = bare
    name = rest.replace(lesson, " ").strip("_- ()[]")
    name = VERSION.sub("", COPY.sub("", name)).strip("_- ()[]")
    says_more = set(words(name)) - set(words(lesson))
    is_number = name.isdigit() and len(name) < 4  # of a copy
    is_unclear = CANVAS_NUMBERS.search(f"{name}_")  # whose numbers they are, or which of them
    return name if says_more and not (is_number or is_unclear or is_generic(name)) else ""


def words(name: str) -> list[str]:
    return re.findall(r"[^\W_]+", name.casefold())
