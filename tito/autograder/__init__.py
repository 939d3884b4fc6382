"""The autograder that Gradescope takes, and what it does there."""
