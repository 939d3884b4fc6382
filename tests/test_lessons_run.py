"""Every lesson runs as a plain script, experiments included, and complains about nothing."""

import os
import subprocess
import sys

import pytest
from conftest import ROOT

# On small matrices two threads of a busy machine wait for each other.
ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
LESSONS = sorted((ROOT / "modules").glob("*.py"))


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.stem)
def test_a_lesson_runs_as_a_script(lesson, tmp_path):
    environment = {**os.environ, **ONE_THREAD, "MPLBACKEND": "agg", "PYTHONPATH": str(ROOT)}
    environment.pop("NBGRADER_EXECUTION", None)
    command = [sys.executable, "-W", "error::RuntimeWarning", lesson]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
