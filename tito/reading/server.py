"""A server for one reader's browser: on this machine alone, for who has the token.

Whoever asks must have come by the address with the token, which gives a cookie; a request for
another host or from another page is refused; what changes something comes by a form of ours.
"""

from __future__ import annotations

import asyncio
import hmac
import secrets
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from socket import socket
from typing import Any, TypeVar

from tornado.httpserver import HTTPServer
from tornado.ioloop import IOLoop
from tornado.netutil import bind_sockets
from tornado.web import Application, HTTPError, RequestHandler

from tito.errors import CourseError
from tito.reading.page import (
    LONGEST_COMMENT,
    Draft,
    Scene,
    answer_page,
    overview_page,
    read_of,
    refusal_page,
)
from tito.reading.questions import Question
from tito.reading.store import ChangedError, Readings, Taken, next_unread
from tito.report.pages import render
from tito.report.text import number

LOOPBACK = "127.0.0.1"
LARGEST_REQUEST = 2**20  # bytes
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src data:; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
STRANGER = "Open the address that `tito read` printed: it holds the token that lets you in."
ELSEWHERE = "This request comes from another page, or asks for another host."
MEANWHILE = (
    "Not saved: meanwhile the answer, its points or its comment changed, as shown below. What you "
    "entered stands in the form: save again to put it there instead."
)
NOT_TAKEN_BACK = "Not undone: somebody has changed this mark since. It stays as it is now."

Result = TypeVar("Result")


@dataclass
class Reading:
    """What all requests share."""

    lessons: Mapping[str, Readings]
    names: Mapping[str, str] | None = None  # what students are called; nothing: not shown
    step: float = 0.5
    token: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    given: dict[str, list[tuple[str, Taken]]] = field(
        default_factory=dict
    )  # by a browser, in order
    saved: int = 0  # marks


class RefusedError(HTTPError):
    """Says why, to who reads the page."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(status)
        self.why = why


class Page(RequestHandler):
    """What every page does first: see who asks."""

    def initialize(self, reading: Reading) -> None:
        self.reading = reading
        self.session = ""

    def set_default_headers(self) -> None:
        self.clear_header("Server")
        for name, value in HEADERS.items():
            self.set_header(name, value)

    def prepare(self) -> None:
        port = self.settings["port"]
        hosts = {f"{LOOPBACK}:{port}", f"localhost:{port}"}
        origin = self.request.headers.get("Origin")
        changes = self.request.method not in ("GET", "HEAD")
        if self.request.host not in hosts or (origin is None and changes):
            raise RefusedError(403, ELSEWHERE)
        if origin is not None and origin != f"http://{self.request.host}":
            raise RefusedError(403, ELSEWHERE)
        session = self.get_signed_cookie(self.settings["session_cookie"])
        if session is None and not self._has_token():
            raise RefusedError(403, STRANGER)
        self.session = session.decode() if session else self._begin_session()

    def _has_token(self) -> bool:
        token = self.get_query_argument("token", "")
        return hmac.compare_digest(token.encode(), self.reading.token.encode())

    def _begin_session(self) -> str:
        session = secrets.token_urlsafe(24)
        name = self.settings["session_cookie"]
        self.set_signed_cookie(name, session, None, httponly=True, samesite="Strict")
        return session

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        error = kwargs.get("exc_info", (None, None, None))[1]
        why = error.why if isinstance(error, RefusedError) else self._reason
        if isinstance(error, CourseError):
            self.set_status(503)
            why = f"{error}."
        self.finish(refusal_page(why))

    def log_exception(self, typ: Any, value: Any, tb: Any) -> None:
        if not isinstance(value, CourseError | HTTPError):
            super().log_exception(typ, value, tb)

    def go(self, place: str) -> None:
        """Lead the browser on."""
        self.redirect(place, status=303)

    async def aside(self, work: Callable[..., Result], *values: Any) -> Result:
        """Do what may wait for the gradebook, while other requests are answered."""
        return await IOLoop.current().run_in_executor(None, partial(work, *values))

    @property
    def taken(self) -> list[tuple[str, Taken]]:
        """What this browser can take back."""
        return self.reading.given.setdefault(self.session, [])

    @property
    def undo(self) -> str:
        """What the next step back takes back, in words; nothing for none."""
        if not self.taken:
            return ""
        points = number(self.taken[-1][1].given)
        return f"{points} point{'' if points == '1' else 's'}"

    def find(self, lesson: str, name: str) -> tuple[Readings, Question]:
        readings = self.reading.lessons.get(lesson)
        question = readings.questions.get(name) if readings else None
        if not readings or not question:
            raise RefusedError(404, "There is no such question: go back to all questions.")
        return readings, question

    async def show(self, readings: Readings, question: Question, id: str, **more: Any) -> None:
        """Write the page of one answer, as it is now."""
        answers = await self.aside(readings.answers)
        shown = await self.aside(readings.show, question, id)
        scene = Scene(readings.assignment.name, readings.questions, answers, question)
        more |= {"xsrf": self.xsrf_form_html(), "undo": self.undo}
        page = partial(answer_page, scene, shown, self.reading.step, self.reading.names, **more)
        self.finish(await self.aside(page))


class Overview(Page):
    async def get(self) -> None:
        if self.get_query_argument("token", ""):  # kept out of the browser's history
            self.go("/")
            return
        lessons = {
            name: progress(readings, await self.aside(readings.answers))
            for name, readings in self.reading.lessons.items()
        }
        form = {"xsrf": self.xsrf_form_html(), "undo": self.undo}
        self.finish(overview_page(lessons, notice=notice_of(self), **form))


def progress(
    readings: Readings, answers: Mapping[str, Any]
) -> dict[str, tuple[Question, int, int]]:
    return {
        name: (question, read_of(answers[name]), len(answers[name]))
        for name, question in readings.questions.items()
    }


class First(Page):
    """A question: leads to the next unread answer, or to the first."""

    async def get(self, lesson: str, name: str) -> None:
        readings, _ = self.find(lesson, name)
        answers = (await self.aside(readings.answers))[name]
        first = next_unread(answers) or next(iter(answers), None)
        self.go(f"/{lesson}/{name}/{first.id}" if first else "/?done=nothing")


class One(Page):
    """An answer: shown, and marked."""

    async def get(self, lesson: str, name: str, id: str) -> None:
        readings, question = self.find(lesson, name)
        await self.show(readings, question, id, notice=notice_of(self))

    async def post(self, lesson: str, name: str, id: str) -> None:
        readings, question = self.find(lesson, name)
        comment = self.get_body_argument("comment", "").replace("\r\n", "\n")
        version = self.get_body_argument("version", "")
        points, problem = points_of(self, question)
        if len(comment) > LONGEST_COMMENT:
            problem = f"Not saved: a comment has at most {LONGEST_COMMENT:,} characters."
        draft = Draft(points, comment)
        if problem or points is None:
            self.set_status(400)
            await self.show(readings, question, id, problem=problem, draft=draft)
            return
        try:
            taken = await self.aside(readings.mark, question, id, points, comment, version)
        except (ChangedError, CourseError) as error:
            changed = isinstance(error, ChangedError)
            self.set_status(409 if changed else 503)
            said = MEANWHILE if changed else f"Not saved: {error}."
            await self.show(readings, question, id, problem=said, draft=draft)
            return
        if taken:
            self.taken.append((lesson, taken))
            self.reading.saved += 1
        following = next_unread((await self.aside(readings.answers))[name], id)
        self.go(f"/{lesson}/{name}/{following.id}?done=saved" if following else "/?done=all")


def points_of(page: Page, question: Question) -> tuple[float | None, str]:
    """The points that were chosen; or none, and why not."""
    said = page.get_body_argument("points", "")
    try:
        points = float(said)
    except ValueError:
        return None, "Not saved: choose the points first."
    if not 0 <= points <= question.points:
        most = number(question.points)
        return None, f"Not saved: points must be between 0 and {most}, got {said[:20]}."
    return points, ""


class Undo(Page):
    """Takes back the last mark that this browser gave."""

    async def post(self) -> None:
        if not self.taken:
            self.go("/?done=nothing")
            return
        lesson, last = self.taken.pop()
        readings, question = self.find(lesson, last.question)
        place = f"/{lesson}/{last.question}/{last.id}"
        try:
            await self.aside(readings.take_back, last)
        except ChangedError:
            self.set_status(409)
            await self.show(readings, question, last.id, problem=NOT_TAKEN_BACK)
            return
        except CourseError:
            self.taken.append((lesson, last))
            raise
        self.reading.saved -= 1
        self.go(f"{place}?done=undone")


DONE = {
    "saved": "Saved.",
    "undone": "Undone: the mark is as it was before.",
    "all": "Saved. Every answer to this question is read.",
    "nothing": "There is nothing to do.",
}


def notice_of(page: Page) -> str:
    return DONE.get(page.get_query_argument("done", ""), "")


KINDS = {"read.css": "text/css", "read.js": "text/javascript"}


class File(Page):
    """The style, and the keys."""

    def get(self, name: str) -> None:
        self.set_header("Content-Type", f"{KINDS[name]}; charset=utf-8")
        self.finish(render(f"{name}.j2"))


class Nowhere(Page):
    def get(self) -> None:
        raise RefusedError(404, "There is no such page: go back to all questions.")

    post = get


def application(reading: Reading, port: int) -> Application:
    shared = {"reading": reading}
    name = r"([\w.-]+)"
    routes = [
        ("/", Overview, shared),
        ("/undo", Undo, shared),
        (r"/(read\.css|read\.js)", File, shared),
        (f"/{name}/{name}", First, shared),
        (f"/{name}/{name}/([0-9a-f]+)", One, shared),
    ]
    cookies = {"httponly": True, "samesite": "Strict"}
    return Application(
        routes,
        default_handler_class=Nowhere,
        default_handler_args=shared,
        port=port,
        cookie_secret=secrets.token_bytes(32),
        session_cookie=f"tito-read-{port}",  # cookies of one machine are seen by all its ports
        xsrf_cookies=True,
        xsrf_cookie_name=f"tito-read-form-{port}",
        xsrf_cookie_kwargs=cookies,
        log_function=lambda page: None,
    )


def serve(reading: Reading, port: int, say: Callable[[str], None]) -> None:
    """Answer one's browser until Ctrl-C.

    Args:
        port: 0 for a free one.
        say: is told the address.
    """
    sockets = listen(port)

    async def begin() -> None:  # the address is told where Ctrl-C already ends the loop
        say(address(reading, sockets))
        await answer(reading, sockets, asyncio.Event())

    with suppress(KeyboardInterrupt):
        asyncio.run(begin())


def listen(port: int) -> list[socket]:
    try:
        return bind_sockets(port, LOOPBACK)
    except OSError as error:
        raise CourseError(
            f"cannot listen on port {port}: {error.strerror}. Leave --port out, and a free one is "
            "taken"
        ) from error


def address(reading: Reading, sockets: Sequence[socket]) -> str:
    return f"http://{LOOPBACK}:{port_of(sockets)}/?token={reading.token}"


def port_of(sockets: Sequence[socket]) -> int:
    return int(sockets[0].getsockname()[1])


async def answer(reading: Reading, sockets: Sequence[socket], end: asyncio.Event) -> None:
    """Answer what comes in, until the end is told."""
    pages = application(reading, port_of(sockets))
    server = HTTPServer(pages, max_buffer_size=LARGEST_REQUEST)
    server.add_sockets(sockets)
    await end.wait()
    server.stop()
    await server.close_all_connections()
