"""What a student does with the lesson: check it, export it, hand it in.

Stands on its own in the student's bundle, without the instructor's tools. In the notebook:

    from tito.student import check, submit
    check()
"""

from tito.student.in_notebook import check, submit

__all__ = ["check", "submit"]
