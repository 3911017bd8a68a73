"""The parser that tests share: its processes are started once, and end with the tests."""

import atexit

from index import Parser

PARSER = Parser(max_bytes=2_000_000)
atexit.register(PARSER.close)
