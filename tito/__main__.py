"""Start the commands, or say in one line which package they lack."""

import sys

# nbformat's schema checker compiles this package's grammars at every start, which takes longer than
# all else. It does without where there is none, and checks no address in a notebook.
sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]


def run() -> None:
    try:
        from tito.cli import main

        main(prog_name="tito")
    except ModuleNotFoundError as error:
        if error.name is None or error.name.split(".")[0] == "tito":
            raise
        sys.exit(
            f"tito: the package {error.name} is not installed; "
            "`python -m tito.doctor` says what is missing and how to get it"
        )


if __name__ == "__main__":
    run()
