"""`tito read`: marks given on its page are nbgrader's, nobody's is lost, and text stays text."""

import asyncio
import base64
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from html.parser import HTMLParser
from http.client import HTTPConnection
from queue import SimpleQueue
from urllib.parse import urlencode, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from gradebook_rows import grade_rows
from small import (
    LESSON,
    RIGHT,
    answered,
    graded,
    hand_in,
    mark_by_hand,
    rows,
    small_course,
)

from tito.course import Course
from tito.errors import CourseError
from tito.grading.pages import feedback, out_of_date
from tito.nbgrader_api import nbgrader_for
from tito.reading import readings
from tito.reading.page import answer_html
from tito.reading.questions import questions, steps
from tito.reading.server import Reading, address, answer, listen
from tito.reading.store import ChangedError, next_unread, said_before

HOSTILE = """Because **sums** are `short`.

<script>document.title = "owned"</script>
<img src="https://course.example/x.png" onerror="document.title = 'owned'">
<a data-key="n" id="comment" class="save" href="javascript:document.title = 'owned'">here</a>
<form action="https://course.example"><button data-key="u">Undo</button></form>
![far](https://course.example/y.png)
"""
WIDTHS = (400, 1200)


@pytest.fixture(scope="module")
def checkout(tmp_path_factory, isolation):
    return small_course(tmp_path_factory.mktemp("read") / "checkout")


@pytest.fixture(scope="module")
def graded_class(checkout):
    """Ada, Bob and Dan answered; Cyd wrote nothing."""
    course = Course(checkout.root, checkout.root / "graded")
    words = {"ada": "By ada.", "bob": "By bob.", "cyd": "", "dan": HOSTILE}
    hand_in(course, {name: answered(course, RIGHT, text) for name, text in words.items()})
    graded(course)
    return course


@pytest.fixture
def course(graded_class, tmp_path):
    """A copy of it, to mark."""
    return Course(graded_class.root, shutil.copytree(graded_class.class_folder, tmp_path / "class"))


@pytest.fixture
def book(course):
    with readings([course[LESSON]]) as found:
        yield found[LESSON]


def seen(book, student):
    """A student's answer as a reader has it on the screen."""
    [answer] = [each for each in book.answers()["why"] if each.student == student]
    return book.show(book.questions["why"], answer.id)


def mark(book, shown, points, comment=""):
    return book.mark(book.questions["why"], shown.answer.id, points, comment, shown.version)


# What a reader has before the eyes.


def test_a_question_has_its_title_its_points_what_was_asked_and_the_guide(book):
    why = book.questions["why"]
    assert (why.title, why.points) == ("1: Why add?", 3)
    assert (why.asked, why.guide) == ("", "Why?\n\nBecause.")


def test_each_question_of_the_real_lesson_has_a_guide_without_marks(course):
    asked = questions(Course.find(course.root)[LESSON].source)
    assert all(each.guide and "###" not in each.guide for each in asked.values())


def test_what_somebody_wrote_is_read_and_what_nobody_wrote_is_not(book):
    assert {each.student for each in book.answers()["why"]} == {"ada", "bob", "dan"}
    assert seen(book, "ada").text == "By ada."


def test_the_order_is_that_of_row_numbers_which_say_nothing_of_a_name(book):
    numbers = [each.id for each in book.answers()["why"]]
    assert numbers == sorted(numbers) and all(re.fullmatch("[0-9a-f]{32}", id) for id in numbers)


def test_the_next_unread_is_behind_this_one_and_then_from_the_beginning(book):
    first, second, third = book.answers()["why"]
    assert next_unread([first, second, third], third.id) == first
    mark(book, seen(book, second.student), 3)
    answers = book.answers()["why"]
    assert next_unread(answers, first.id).id == third.id
    for student in (first.student, third.student):
        mark(book, seen(book, student), 1)
    assert next_unread(book.answers()["why"]) is None


@pytest.mark.parametrize(
    ("points", "step", "choices"),
    [
        (2, 0.5, [0, 0.5, 1, 1.5, 2]),
        (1, 0.25, [0, 0.25, 0.5, 0.75, 1]),
        (2.5, 1, [0, 1, 2, 2.5]),
        (0, 0.5, [0]),
    ],
)
def test_points_go_in_steps_up_to_the_maximum(points, step, choices):
    assert steps(points, step) == choices


# Marks.


def test_a_mark_is_what_formgrader_would_have_written(course, book):
    mark(book, seen(book, "ada"), 2.5, "Say more.")
    mark_by_hand(course, "bob", 2.5, "Say more.")  # as formgrader does
    marks = [each[2:] for each in grade_rows(course.gradebook) if each[:2] in BOTH]
    assert marks[0] == marks[1] == (None, 2.5, False)
    for student in ("ada", "bob"):
        with nbgrader_for(course) as api, api.gradebook as gradebook:
            grade = gradebook.find_grade("why", LESSON, LESSON, student)
            assert (grade.score, grade.needs_manual_grade) == (2.5, False)
            assert gradebook.find_comment("why", LESSON, LESSON, student).comment == "Say more."


BOTH = [("ada", "why"), ("bob", "why")]


def test_report_and_feedback_have_it_and_the_page_made_before_is_out_of_date(course, book):
    feedback(course[LESSON])
    assert out_of_date(course[LESSON]) == []
    mark(book, seen(book, "ada"), 2.5, "Say more.")
    assert (rows(course)["ada"].by_hand, rows(course)["ada"].unread) == (2.5, 0)
    assert out_of_date(course[LESSON]) == ["ada"]
    feedback(course[LESSON])
    assert "Say more." in course[LESSON].feedback_page("ada").read_text("utf-8")


def test_a_mark_that_somebody_else_gave_meanwhile_is_not_replaced(course, book):
    shown = seen(book, "ada")
    mark_by_hand(course, "ada", 1, "No.")
    with pytest.raises(ChangedError):
        mark(book, shown, 3, "Yes.")
    assert rows(course)["ada"].by_hand == 1
    mark(book, seen(book, "ada"), 3, "Yes.")  # seen, and replaced
    assert rows(course)["ada"].by_hand == 3


def test_a_comment_alone_that_came_meanwhile_is_not_replaced(course, book):
    mark(book, seen(book, "ada"), 2)
    shown = seen(book, "ada")
    mark(book, seen(book, "ada"), 2, "Good.")
    with pytest.raises(ChangedError):
        mark(book, shown, 1)
    assert seen(book, "ada").answer.comment == "Good."


def test_a_text_that_was_handed_in_meanwhile_is_not_marked_unread(course, book):
    shown = seen(book, "ada")
    hand_in(course, {"ada": answered(course, RIGHT, "Otherwise.")})
    graded(course)
    with pytest.raises(ChangedError):
        mark(book, shown, 3)
    assert seen(book, "ada").text == "Otherwise." and rows(course)["ada"].unread == 1


def test_of_many_marks_at_once_for_one_answer_one_is_written(book):
    shown = seen(book, "ada")

    def attempt(place):
        try:
            return mark(book, shown, place / 4)
        except ChangedError:
            return None

    with ThreadPoolExecutor(8) as readers:
        written = [each for each in readers.map(attempt, range(8)) if each]
    assert [each.given for each in written] == [seen(book, "ada").answer.mark.manual]


def test_the_same_mark_twice_is_one(book):
    shown = seen(book, "ada")
    assert mark(book, shown, 2, "Good.") and mark(book, shown, 2, "Good.") is None


def test_a_changed_answer_is_unread_and_a_mark_makes_it_count(course, book):
    mark(book, seen(book, "ada"), 2, "Good.")
    hand_in(course, {"ada": answered(course, RIGHT, "Otherwise.")})
    graded(course)
    again = seen(book, "ada")
    assert not again.answer.is_read and again.answer.mark.again
    mark(book, again, 2, "Good.")
    row = graded(course, True)["ada"]
    assert (row.by_hand, row.unread, row.flags) == (2, 0, [])


def test_a_mark_is_taken_back_to_what_was_there(course, book):
    first = mark(book, seen(book, "ada"), 2, "Good.")
    second = mark(book, seen(book, "ada"), 3)
    book.take_back(second)
    assert seen(book, "ada").answer.mark.manual == 2 and seen(book, "ada").answer.comment == "Good."
    book.take_back(first)
    assert rows(course)["ada"].unread == 1 and seen(book, "ada").answer.comment == ""


def test_what_somebody_changed_since_is_not_taken_back(course, book):
    taken = mark(book, seen(book, "ada"), 2)
    mark_by_hand(course, "ada", 3)
    with pytest.raises(ChangedError):
        book.take_back(taken)
    assert rows(course)["ada"].by_hand == 3


def test_a_gradebook_that_stays_in_use_says_so_and_reading_waits_too(course, book):
    shown = seen(book, "ada")
    book.gradebook.patience = 0.1
    with sqlite3.connect(course.gradebook) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(CourseError, match=r"in use .* save again; what was saved before is"):
            mark(book, shown, 3)
        with pytest.raises(CourseError, match="in use"):
            book.answers()
        other.rollback()
    assert mark(book, shown, 3)


def test_comments_come_the_one_used_most_first(book):
    for student, text in (("ada", "Why?"), ("bob", "Numbers!"), ("dan", "Numbers!")):
        mark(book, seen(book, student), 1, text)
    assert said_before(book.answers()["why"]) == [("Numbers!", 2), ("Why?", 1)]


def test_extra_points_that_formgrader_gave_stay(course, book):
    with nbgrader_for(course) as api, api.gradebook as gradebook:
        gradebook.find_grade("why", LESSON, LESSON, "ada").extra_credit = 1
        gradebook.db.commit()
    mark(book, seen(book, "ada"), 2)
    assert rows(course)["ada"].by_hand == 3


def test_a_lesson_that_is_not_graded_says_what_to_do(checkout, tmp_path):
    nobody = Course(checkout.root, tmp_path / "class")
    with pytest.raises(CourseError, match="run `tito grade` first"), readings([nobody[LESSON]]):
        pass


# The text of an answer.


def tags(page):
    """Each tag of a page with the names of its attributes."""
    found = []
    reader = HTMLParser()
    reader.handle_starttag = lambda tag, attributes: found.append((tag, [*dict(attributes)]))
    reader.feed(page)
    return found


def test_what_acts_in_an_answer_is_shown_and_its_pictures_stay():
    picture = base64.b64encode(b"\x89PNG\r\n\x1a\n").decode()
    text = f"{HOSTILE}\n![me](attachment:me.png)"
    page = answer_html(text, {"me.png": {"image/png": picture}})
    shown = tags(page)
    assert {name for name, _ in shown} == {"p", "strong", "code", "a", "img"}
    assert [attributes for name, attributes in shown if attributes and name != "img"] == []
    assert "<strong>sums</strong>" in page and "&lt;script&gt;" in page
    assert f'src="data:image/png;base64,{picture}"' in page


# The server.


@contextmanager
def reading(course, names=None):
    """The server of `tito read` for a class: its address."""
    with readings([course[LESSON]]) as lessons:
        shared, sockets, end = Reading(lessons, names), listen(0), asyncio.Event()
        loops = SimpleQueue()

        def serve():
            with asyncio.Runner() as runner:  # a loop of the thread's own; the browser has another
                loops.put(runner.get_loop())
                runner.run(answer(shared, sockets, end))

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield address(shared, sockets)
        finally:
            loops.get().call_soon_threadsafe(end.set)
            thread.join()


class Client:
    """Asks as a browser does, and keeps the cookies."""

    def __init__(self, address):
        self.place = urlsplit(address)
        self.cookies = {}

    def ask(self, path, form=None, **headers):
        connection = HTTPConnection(self.place.hostname, self.place.port, timeout=60)
        kept = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = {"Cookie": kept, **{k.replace("_", "-"): v for k, v in headers.items()}}
        if form is not None:
            headers.setdefault("Content-Type", "application/x-www-form-urlencoded")
            headers.setdefault("Origin", f"http://{self.place.netloc}")
        body = None if form is None else urlencode(form)
        connection.request("GET" if form is None else "POST", path, body, headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        for each in answer.headers.get_all("Set-Cookie") or []:
            name, value = each.split(";")[0].split("=", 1)
            assert "httponly" in each.lower() and "samesite=strict" in each.lower()
            self.cookies[name] = value
        connection.close()
        return answer, text

    def enter(self):
        return self.ask(f"/?{self.place.query}")

    def open(self, path):
        """A page, wherever it leads."""
        answer, text = self.ask(path)
        return self.open(answer.headers["Location"]) if answer.status == 303 else (path, text)


def fields(text):
    """What the form of a page sends along."""
    return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]+)"', text))


@pytest.fixture
def client(course):
    with reading(course) as place:
        yield Client(place)


def test_only_who_has_the_token_gets_in(client):
    for path in ("/", "/?token=", "/?token=guess", f"/{LESSON}/why", "/read.js", "/nowhere"):
        answer, text = client.ask(path)
        assert answer.status == 403 and "token" in text and "Why add" not in text
    assert client.cookies == {}
    answer, _ = client.enter()
    assert (answer.status, answer.headers["Location"]) == (303, "/")
    assert "1: Why add?" in client.ask("/")[1]


def test_another_host_and_another_origin_are_refused(client):
    client.enter()
    port = client.place.port
    for headers in (
        {"Host": "course.example"},
        {"Host": f"course.example:{port}"},
        {"Origin": "https://course.example"},
        {"Origin": f"http://127.0.0.1:{port + 1}"},
        {"Origin": "null"},
    ):
        answer, text = client.ask("/", **headers)
        assert answer.status == 403 and "Why add" not in text, headers
    assert client.ask("/", Host=f"localhost:{port}")[0].status == 200


def test_nothing_changes_but_by_a_form_of_ours(course, client):
    client.enter()
    path, text = client.open(f"/{LESSON}/why")
    sent = fields(text) | {"points": "3"}
    without = {name: value for name, value in sent.items() if name != "_xsrf"}
    for form, headers in (
        (without, {}),
        (sent, {"Origin": "https://course.example"}),
        (sent, {"Origin": "null"}),
    ):
        assert client.ask(path, form, **headers)[0].status == 403
    assert client.ask(f"{path}?{urlencode(sent)}")[0].status == 200  # GET shows
    assert {row.unread for name, row in rows(course).items() if name != "cyd"} == {1}
    assert client.ask(path, sent)[0].status == 303
    assert sum(row.by_hand for row in rows(course).values()) == 3


def test_every_page_says_that_nothing_else_may_run_or_be_fetched(client):
    client.enter()
    for path in ("/", f"/{LESSON}/why", "/read.css", "/nowhere"):
        answer, text = client.ask(path)
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy
        assert answer.headers["Cache-Control"] == "no-store"
        assert "http://" not in text and "https://" not in text


def test_it_listens_on_this_machine_alone(client):
    assert client.place.hostname == "127.0.0.1" and len(client.place.query) > 30


@pytest.mark.parametrize("points", ["", "four", "nan", "inf", "-1", "3.5"])
def test_points_outside_the_question_are_refused_and_the_comment_stays(course, client, points):
    client.enter()
    path, text = client.open(f"/{LESSON}/why")
    answer, text = client.ask(path, fields(text) | {"points": points, "comment": "So <b>long</b>"})
    assert answer.status == 400 and "Not saved" in text and "So &lt;b&gt;long&lt;/b&gt;" in text
    assert sum(row.by_hand for row in rows(course).values()) == 0


def test_two_readers_lose_nothing(course, client):
    """Two readers have the same answer before them; both save."""
    other = Client(client.place.geturl())
    for each in (client, other):
        each.enter()
    path, text = client.open(f"/{LESSON}/why")
    mine, theirs = fields(text), fields(other.ask(path)[1])
    assert client.ask(path, mine | {"points": "1", "comment": "First."})[0].status == 303
    answer, text = other.ask(path, theirs | {"points": "3", "comment": "Second."})
    assert answer.status == 409
    assert "Not saved: meanwhile" in text and "1 of 3 points, “First.”" in text
    assert ">Second.</textarea>" in text and re.search('value="3.0" required checked', text)
    assert sum(row.by_hand for row in rows(course).values()) == 1
    assert other.ask(path, fields(text) | {"points": "3", "comment": "Second."})[0].status == 303
    assert sum(row.by_hand for row in rows(course).values()) == 3
    answer, text = client.ask("/undo", fields(client.ask(path)[1]))
    assert answer.status == 409 and "Not undone" in text
    assert sum(row.by_hand for row in rows(course).values()) == 3


def test_nobody_is_named_but_with_names(course):
    for names, named in ((None, False), ({"ada": "Ada L."}, True)):
        with reading(course, names) as place:
            client = Client(place)
            client.enter()
            pages = [client.open(f"/{LESSON}/why/{each}")[1] for each in ids(course)]
        assert any("ada Ada L." in page for page in pages) == named
        if not named:
            shown = "".join(page.replace("By ada.", "").replace("By bob.", "") for page in pages)
            assert not re.search(r"\b(ada|Ada|bob|dan)\b", shown)


def ids(course):
    with readings([course[LESSON]]) as found:
        return [each.id for each in found[LESSON].answers()["why"]]


def test_a_port_in_use_is_told_in_one_line():
    [taken] = listen(0)
    with taken, pytest.raises(CourseError, match="Leave --port out") as said:
        listen(taken.getsockname()[1])
    assert "\n" not in str(said.value)


def test_the_command_names_students_where_asked_and_ends_by_ctrl_c(course):
    (course.class_folder / "roster.csv").write_text("student,name\nada,Ada L.\n", encoding="utf-8")
    command = [sys.executable, "-m", "tito", "read", LESSON, "--names", "--step", "0.25"]
    server = subprocess.Popen(
        [*command, "--class", str(course.class_folder)],
        cwd=course.root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        client = Client(re.search(r"http://\S+", server.stdout.readline())[0])
        client.enter()
        pages = [client.open(f"/{LESSON}/why/{each}")[1] for each in ids(course)]
    finally:
        server.send_signal(signal.SIGINT)
        out, err = server.communicate(timeout=60)
    assert any("ada Ada L." in page and 'value="0.25"' in page for page in pages)
    assert (server.returncode, err) == (0, "")
    assert re.fullmatch(r"\nmarks saved: 0; next: tito report .+, tito feedback .+\n", out)


# In a browser.


@pytest.fixture
def page(course, chromium):
    with reading(course) as place:
        context = chromium.new_context(viewport={"width": 1200, "height": 900})
        page = context.new_page()
        page.said = []
        page.on("console", lambda message: page.said.append(message.text))
        page.on("pageerror", lambda error: page.said.append(str(error)))
        page.on(
            "request",
            lambda request: page.said.append(request.url) if EXAMPLE in request.url else None,
        )
        page.goto(place)
        yield page
        context.close()


EXAMPLE = "course.example"


def test_a_class_is_read_with_the_keyboard_alone(course, page):
    """Points, a comment, the same comment again, half a point less, undo."""
    page.get_by_role("link", name="1: Why add?").focus()
    page.keyboard.press("Enter")
    page.get_by_text("answer 1 of 3").wait_for()
    for key in ("2", "c"):
        page.keyboard.press(key)
    page.keyboard.type("2 is enough, Ed. n")  # no key of the page
    page.keyboard.press("Control+Enter")
    page.get_by_text("answer 2 of 3").wait_for()
    for key in ("3", "-", "r", "Enter", "Escape", "Enter"):
        page.keyboard.press(key)
    page.get_by_text("answer 3 of 3").wait_for()
    page.keyboard.press("k")
    page.get_by_text("answer 2 of 3").wait_for()
    assert page.locator("input:checked[name=points]").get_attribute("value") == "2.5"
    assert page.locator("textarea").input_value() == "2 is enough, Ed. n"
    page.keyboard.press("n")
    page.get_by_text("answer 3 of 3").wait_for()
    assert sorted(row.by_hand for row in rows(course).values()) == [0, 0, 2, 2.5]
    page.keyboard.press("u")
    page.get_by_text("Undone").wait_for()
    assert sorted(row.by_hand for row in rows(course).values()) == [0, 0, 0, 2]
    for key in ("1", "Enter"):
        page.keyboard.press(key)
    page.get_by_text("answer 3 of 3").wait_for()
    for key in ("0", "Enter"):
        page.keyboard.press(key)
    page.get_by_text("Every answer to this question is read").wait_for()
    assert [row.unread for row in rows(course).values()] == [0] * 4
    assert page.said == []


def test_keys_can_be_switched_off(page):
    page.goto(page.url + f"{LESSON}/why")
    page.get_by_text("Keys", exact=True).click()
    page.get_by_label("Keys work").uncheck()
    page.reload()
    page.keyboard.press("2")
    assert page.locator("input:checked[name=points]").count() == 0


def test_an_answer_of_a_student_cannot_act(course, page):
    with readings([course[LESSON]]) as found:
        place = seen(found[LESSON], "dan").answer.id
    page.goto(page.url + f"{LESSON}/why/{place}")
    assert page.locator(".answer script, .answer form, .answer [id]:not(h2)").count() == 0
    assert 'document.title = "owned"' in page.locator(".answer").inner_text()
    page.keyboard.press("c")
    assert page.evaluate("document.activeElement.tagName") == "TEXTAREA"
    page.keyboard.press("Escape")
    page.keyboard.press("u")
    assert page.title() == "Question 1: Why add?" and page.said == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_the_pages_pass_axe_and_fit_the_screen(course, page, width, scheme, tmp_path):
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)
    mark_by_hand(course, "bob", 2, "A comment to use again. " * 8)
    home = page.url
    places = [home, *(f"{home}{LESSON}/why/{each}" for each in ids(course)), f"{home}nowhere"]
    for place in places:
        page.goto(place)
        if page.locator("[data-mark]").count():
            page.keyboard.press("3")
            for summary in page.locator("summary:visible").all():
                summary.click()
        page.screenshot(path=tmp_path / f"read-{width}-{scheme}.png", full_page=True)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
