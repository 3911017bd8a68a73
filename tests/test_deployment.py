"""The unit for systemd and the recipe of a container, as far as they can be checked without either of them running."""

import re
import shlex
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from bot.settings import Settings
from bot.watching.supervision import GUARD_SECONDS
from bot.watching.watcher import SECONDS
from tests.test_documents import check_command

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "bot" / "deploy"
UNIT = DEPLOY / "pullquote.service"
TEMPLATE = DEPLOY / "pullquote@.service"
RECIPE = DEPLOY / "Containerfile"
PROGRAM = "/opt/pullquote/bin/pullquote"

needs_systemd = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")


def directives(unit: Path = UNIT) -> dict[str, list[str]]:
    """What a unit sets, by name."""
    found: dict[str, list[str]] = {}
    for line in unit.read_text().splitlines():
        if "=" in line and not line.startswith("#"):
            name, _, value = line.partition("=")
            found.setdefault(name, []).append(value)
    return found


def instructions() -> list[tuple[str, str]]:
    """The instructions of the recipe, each with what it says."""
    lines = [line for line in RECIPE.read_text().splitlines() if line and not line.startswith("#")]
    return [(line.split(" ", 1)[0], line.split(" ", 1)[1]) for line in lines]


def said(instruction: str) -> list[str]:
    return [text for name, text in instructions() if name == instruction]


@pytest.fixture(params=[(UNIT, UNIT.name), (TEMPLATE, "pullquote@0-7.service")], ids=["one process", "of several"])
def unit(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """The unit, or an instance of the template, with a program that is there."""
    source, name = request.param
    file = tmp_path / name
    file.write_text(source.read_text().replace(PROGRAM, sys.executable))
    return file


@needs_systemd
def test_systemd_finds_nothing_wrong_with_the_unit(unit: Path) -> None:
    verified = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True)
    about_it = [line for line in verified.stderr.splitlines() if unit.name in line]
    assert (about_it, verified.returncode) == ([], 0), verified


@needs_systemd
def test_systemd_would_notice_a_wrong_line(unit: Path) -> None:
    unit.write_text(unit.read_text().replace("ProtectHome=yes", "ProtectHome=maybe"))
    verified = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True)
    assert [line for line in verified.stderr.splitlines() if unit.name in line], verified


@needs_systemd
def test_the_unit_exposes_little_by_the_measure_of_systemd(unit: Path) -> None:
    scored = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--no-pager", "--threshold=20", unit],
        capture_output=True,
        text=True,
    )
    assert scored.returncode == 0, scored.stdout[-500:] + scored.stderr


def test_the_unit_lets_the_bot_write_to_its_data_and_its_cache_alone() -> None:
    unit = directives()
    assert unit["ProtectSystem"] == ["strict"] and unit["NoNewPrivileges"] == ["yes"]
    assert "ReadWritePaths" not in unit
    written = {f"/var/lib/{unit['StateDirectory'][0]}", f"/var/cache/{unit['CacheDirectory'][0]}"}
    environment = dict(one.split("=", 1) for one in unit["Environment"])
    assert environment == {"DATA_DIR": "/var/lib/pullquote", "PULLQUOTE_CACHE": "/var/cache/pullquote"}
    assert set(environment.values()) == written


def test_an_instance_of_the_template_has_the_shards_that_it_is_named_for_and_is_else_as_the_unit() -> None:
    one, several = directives(), directives(TEMPLATE)
    differ = {name for name in one.keys() | several.keys() if one.get(name) != several.get(name)}
    assert differ == {"Description", "After", "Environment", "EnvironmentFile"}
    assert several["Environment"] == [*one["Environment"], "SHARD_IDS=%i"]
    assert several["EnvironmentFile"] == ["-/etc/pullquote/shards-%i.env"], "it may be missing"
    settings = Settings(SHARD_IDS="0-7", SHARD_COUNT=16, DATABASE_URL="postgresql://one@localhost/news")
    assert settings.shards.ids == tuple(range(8))


def test_systemd_waits_longer_than_the_bot_takes_to_say_that_it_lives() -> None:
    seconds = int(directives()["WatchdogSec"][0])
    assert seconds > GUARD_SECONDS > 3 * SECONDS, "the guard inside goes first: it says where the bot hangs"


def test_the_commands_of_the_unit_and_of_the_recipe_exist() -> None:
    program, *arguments = shlex.split(directives()["ExecStart"][0])
    assert program == PROGRAM
    check_command(arguments)
    (check,) = said("HEALTHCHECK")
    for text in (check[check.index("[") :], *said("CMD")):
        words = re.findall(r'"([^"]+)"', text)
        check_command([word for word in words if word != "pullquote"])


def test_the_recipe_runs_as_nobody_in_particular_with_a_volume_and_a_check() -> None:
    assert said("USER") == ["10001:10001"]
    assert said("VOLUME") == ['["/data", "/cache"]']
    assert said("ENTRYPOINT") == ['["pullquote"]']
    variables = dict(one.split("=", 1) for one in said("ENV")[0].split())
    assert variables["DATA_DIR"] == "/data" and variables["PULLQUOTE_CACHE"] == "/cache"
    assert {name.lower() for name in variables} & set(Settings.model_fields) == {"data_dir"}
    names = [name for name, _ in instructions()]
    assert names.index("USER") > max(at for at, name in enumerate(names) if name == "RUN")


def copied() -> list[str]:
    """What the recipe copies from the repository."""
    return [name for text in said("COPY") if not text.startswith("--") for name in text.split()[:-1]]


def test_the_recipe_sends_only_what_it_copies() -> None:
    ignored = (DEPLOY / "Containerfile.dockerignore").read_text().splitlines()
    assert ignored[1] == "*"
    assert {line.removeprefix("!") for line in ignored if line.startswith("!")} == set(copied())


@pytest.mark.slow
def test_what_the_recipe_copies_makes_a_package_with_all_that_it_needs(tmp_path: Path) -> None:
    place = tmp_path / "src"
    for name in copied():
        source, to = ROOT / name, place / name
        to.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, to, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, to)
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--quiet", "--wheel-dir", str(tmp_path), str(place)]
    subprocess.run(command, check=True)
    (wheel,) = tmp_path.glob("pullquote-*.whl")
    held = set(zipfile.ZipFile(wheel).namelist())
    tracked = subprocess.run(["git", "ls-files", "bot", "index"], cwd=ROOT, capture_output=True, text=True, check=True)
    needed = {name for name in tracked.stdout.split() if name.endswith((".py", ".npz", "py.typed"))}
    needed |= {name for name in tracked.stdout.split() if re.search(r"/(?:samples|story)/", name)}
    assert needed - held == set()
    assert not [name for name in held if name.startswith(("tests", "bot/deploy"))]
