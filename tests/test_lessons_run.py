"""Every lesson runs as a plain script, experiments included, and complains about nothing."""

import os
import subprocess
import sys

import pytest
from conftest import ROOT

from tito.sandbox.limits import ONE_THREAD

# On small matrices two threads of a busy machine wait for each other.
LESSONS = sorted((ROOT / "modules").glob("*.py"))


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.stem)
def test_a_lesson_runs_as_a_script(lesson, tmp_path):
    environment = {**os.environ, **ONE_THREAD, "MPLBACKEND": "agg", "PYTHONPATH": str(ROOT)}
    environment.pop("NBGRADER_EXECUTION", None)
    command = [sys.executable, "-W", "error::RuntimeWarning", lesson]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
