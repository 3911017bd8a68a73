"""What all tests share."""

import signal
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from index import SentenceTransformerEncoder
from tests import postgres
from tests.postgres import Place
from tests.tools.site import Site
from tests.turns import turn

settings.register_profile(
    "pullquote", deadline=None, max_examples=30, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile("pullquote")


@pytest.fixture(scope="session")
def real_encoder() -> SentenceTransformerEncoder:
    """The bundled model, loaded once for the whole run."""
    return SentenceTransformerEncoder()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where a library can be made; not there yet."""
    return tmp_path / "library"


@pytest.fixture
def site() -> Iterator[Site]:
    """A newsroom's site on this machine; nothing on it yet."""
    with Site() as site:
        yield site


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a PostgreSQL with its extensions, started once for the whole run."""
    with postgres.server() as url:
        yield url


@pytest.fixture
def postgres_place(postgres_server: str) -> Iterator[Place]:
    """A schema in that server which is not there yet, and is dropped after the test."""
    with postgres.schema(postgres_server) as place:
        yield place


@pytest.fixture
def postgres_database(postgres_server: str) -> Iterator[str]:
    """The URL of a new database of that server, without extensions, which is dropped after the test."""
    with postgres.database(postgres_server) as url:
        yield url


def pytest_configure() -> None:
    """Have Ctrl-C work in the processes that tests start, also where a shell has begun all this in the background."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Have a test that is marked `alone` run while no other does, where tests run two at a time."""
    if not hasattr(item.config, "workerinput"):
        return (yield)
    with turn(Path(item.config.option.basetemp).parent, alone=item.get_closest_marker("alone") is not None):
        return (yield)
