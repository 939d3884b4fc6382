"""Students whose folder has a name that a command, a table or a page could trip over."""

import os

from .case import HOSTILE, Case, write

NAMES = {
    "folder_like_an_option": ("-rf", "The folder is called like an option of rm."),
    "folder_like_our_option": ("--regrade", "The folder is called like an option of tito."),
    "folder_with_quotes": ('o\'hara "the" 1st', "The name holds spaces and quotes."),
    "folder_with_globs": ("*?[a-z]", "The name is a pattern that matches others."),
    "folder_with_dollars": ("$(touch ran); `id` %s {0} \\", "The name is a line of shell."),
    "folder_in_other_scripts": ("Ωμέγα 学生 Ñandú", "The name is in three scripts."),
    "folder_with_markup": ("<img src=x onerror=alert(1)>", "The name is HTML."),
    "folder_with_rich_markup": ("[red]mark[bold]", "The name is markup for the table."),
    "folder_like_a_formula": ("=1+1", "A table program would take the name for a formula."),
    "folder_with_sql": ("x'); drop table grade; --", "The name is a line of SQL."),
}
ODD = {
    "folder_with_line_break": ("two\nlines", "The name runs over two lines."),
    "folder_with_escapes": ("\x1b[2Jcleared", "The name clears a terminal."),
    "folder_turned_around": ("ada\u202egpj.eve", "The name reads backwards from its middle on."),
    "folder_hidden_by_a_dot": (".dot", "The name hides the folder."),
    "folder_not_utf8": (os.fsdecode(b"caf\xe9"), "The name is not UTF-8."),
}


def hand_in_right(desk, place):
    write(place, desk.right())


for name, (student, attack) in NAMES.items():
    HOSTILE.append(Case(name, attack, hand_in_right, student=student))
for name, (student, attack) in ODD.items():
    HOSTILE.append(Case(name, attack, hand_in_right, student=student, refused="name"))
