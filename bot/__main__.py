"""`python -m bot` is `pullquote`."""

import sys

from bot.cli.exit_codes import ExitCode


def main() -> None:
    """Load the command line and run it. An error in loading must not end with the exit code of "no answer"."""
    try:
        from bot.cli.app import main as run
    except Exception as error:  # a package that is missing or broken raises what it likes
        sys.stderr.write(
            f"Pullquote cannot be loaded ({type(error).__name__}: {error}); give it more memory if that is short, else "
            "install it again.\n"
        )
        sys.exit(ExitCode.UNEXPECTED)
    run()


if __name__ == "__main__":
    main()
