"""The package as it is published: the wheel, the sdist, and `pullquote` where nothing else of this repository is."""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

pytestmark = pytest.mark.slow


def tracked() -> list[str]:
    """The files of the repository, as far as a package may be made of them."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [name for name in listed.stdout.splitlines() if not name.startswith("tests/")]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the repository, so that none of what is built lies in it."""
    place = tmp_path_factory.mktemp("source")
    for name in tracked():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, place / name)
    return place


@pytest.fixture(scope="module")
def built(source: Path) -> Path:
    """A folder with the sdist, and the wheel that is made of it alone."""
    said = build(source, "dist")
    assert "would be ignored" not in said, "setuptools warns"
    return source / "dist"


def build(source: Path, folder: str, *kinds: str) -> str:
    """Build packages into a folder, and return what was said."""
    command = [sys.executable, "-m", "build", "--outdir", folder, *kinds]
    ended = subprocess.run(command, cwd=source, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout + ended.stderr


def held(folder: Path) -> dict[str, bytes]:
    """The files of the wheel in a folder, but for the list of them."""
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist() if not name.endswith("/RECORD")}


def test_the_sdist_makes_the_same_wheel_as_the_repository(source: Path, built: Path) -> None:
    build(source, "direct", "--wheel")
    assert held(built) == held(source / "direct")


def test_the_wheel_holds_all_code_weights_texts_and_the_avatar_and_nothing_else(built: Path) -> None:
    files = held(built)
    inside = {name for name in files if ".dist-info/" not in name}
    left_out = {name for name in tracked() if name.startswith(("bot/", "index/"))} - inside
    assert left_out == {name for name in left_out if name.startswith("bot/deploy/")} | {
        "bot/README.md", "bot/avatar.svg", "bot/exchange.png", "index/README.md",
    }  # fmt: skip
    assert inside <= set(tracked())
    assert all(files[name] == (ROOT / name).read_bytes() for name in inside)


def test_the_wheel_answers_where_nothing_else_of_the_repository_is(built: Path, tmp_path: Path) -> None:
    """What it depends on comes from the environment of the tests, for want of hours to install PyTorch."""
    place = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", place], check=True)
    packages = Path(sysconfig.get_path("purelib", "venv", vars={"base": str(place), "platbase": str(place)}))
    (wheel,) = built.glob("*.whl")
    pip = [sys.executable, "-m", "pip", "--python", str(place), "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*pip, str(wheel)], check=True)
    libraries = [path for path in sys.path if path.endswith(("site-packages", "dist-packages"))]
    (packages / "libraries.pth").write_text("\n".join(libraries))  # such a path's own .pth files do not count

    def run(*command: str) -> str:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        ended = subprocess.run(
            [place / "bin" / command[0], *command[1:]], cwd=tmp_path, env=environment, capture_output=True, text=True
        )
        assert ended.returncode == 0, ended.stdout + ended.stderr
        return ended.stdout

    where = run("python", "-c", "import bot, index; print(bot.__file__, index.__file__)").split()
    assert [Path(path).parents[1] for path in where] == [packages, packages]
    said = json.loads(run("pullquote", "ask", "What did Lee ask Xi to do about North Korea?", "--json"))
    assert said["answered"] and said["quotes"][0]["text"].startswith(
        "On North Korea, Lee asked Xi to act as a mediator"
    )
    run("pullquote", "sample", "news")
    assert len(list((tmp_path / "news").iterdir())) == 10
