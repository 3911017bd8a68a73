"""`python -m bot` is `pullquote`."""

import sys

CANNOT_BE_LOADED = 3


def main() -> None:
    """Run the command line. It is loaded here, where what goes wrong with that is not mistaken for "no answer"."""
    try:
        from bot.cli.app import main as run
    except Exception as error:  # a package that is missing or broken raises what it likes
        sys.stderr.write(
            f"Pullquote cannot be loaded ({type(error).__name__}: {error}); give it more memory if that is short, else "
            "install it again.\n"
        )
        sys.exit(CANNOT_BE_LOADED)
    run()


if __name__ == "__main__":
    main()
