"""What the commands say when something outside the code is wrong."""


class CourseError(Exception):
    """A fault of the course's files or machine, not a bug: shown as one line, exit status 1."""


class LessonError(CourseError):
    """A lesson file breaks a rule of this course."""


class NotebookError(CourseError):
    """A notebook cannot be read: missing, empty, not JSON, or of another format version."""
