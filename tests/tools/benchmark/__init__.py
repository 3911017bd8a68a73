"""How fast Pullquote is: `python -m tests.tools.benchmark --help`."""
