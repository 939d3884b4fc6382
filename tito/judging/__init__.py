"""The checks: run in a process of ours, which a student's code cannot reach."""
