"""What is depended on has bounds, and CI tests versions that are locked within them."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
DIRECT = [
    Requirement(line)
    for lines in (PROJECT["project"]["dependencies"], *PROJECT["project"]["optional-dependencies"].values())
    for line in lines
]
LOCK = ROOT / ".ci" / "constraints.txt"


def locked() -> dict[str, Version]:
    lines = [line for line in LOCK.read_text().splitlines() if not line.startswith("#")]
    found = [re.fullmatch(r"([A-Za-z0-9._-]+)==([0-9][A-Za-z0-9.]*)", line) for line in lines]
    assert all(found), [line for line, match in zip(lines, found, strict=True) if not match]
    assert len({canonicalize_name(match[1]) for match in found if match}) == len(lines), "one line a package"
    return {canonicalize_name(match[1]): Version(match[2]) for match in found if match}


def test_every_line_of_the_lock_is_one_exact_version() -> None:
    assert len(locked()) >= len({canonicalize_name(requirement.name) for requirement in DIRECT})


@pytest.mark.parametrize("requirement", DIRECT, ids=str)
def test_what_is_depended_on_is_locked_within_its_bounds(requirement: Requirement) -> None:
    version = locked()[canonicalize_name(requirement.name)]
    assert requirement.specifier.contains(version), f"{version} is locked; run .ci/lock"


@pytest.mark.parametrize(
    "requirement", [*DIRECT, *map(Requirement, PROJECT["build-system"]["requires"])], ids=lambda r: str(r)
)
def test_what_is_depended_on_has_a_lower_and_an_upper_bound(requirement: Requirement) -> None:
    operators = {specifier.operator for specifier in requirement.specifier}
    assert operators == {"=="} or (">=" in operators and "<" in operators)


def test_ci_installs_what_is_locked_and_the_lock_says_how_it_is_renewed() -> None:
    assert "\nexport PIP_CONSTRAINT=.ci/constraints.txt\n" in (ROOT / ".ci" / "run").read_text()
    head = [line for line in LOCK.read_text().splitlines() if line.startswith("#")]
    assert any(line.endswith(": .ci/lock") for line in head)
    assert (ROOT / ".ci" / "lock").stat().st_mode & 0o100
