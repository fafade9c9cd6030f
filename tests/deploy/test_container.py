"""The Containerfile and what it is made with say the same as everything else."""

import re
import tomllib

from tests.deploy import charts, container

DEPLOY = charts.ROOT / "deploy"
PIN = re.compile(r"^([a-z0-9-]+)==([^ \\;]+)", re.M)


def pins(path: str) -> dict[str, str]:
    return dict(PIN.findall((charts.ROOT / path).read_text()))


def test_the_image_has_the_versions_that_are_tested() -> None:
    tested = pins("requirements.lock")
    for lock in ("deploy/requirements.lock", "deploy/build.lock"):
        found = pins(lock)
        assert len(found) > 5
        assert found.items() <= tested.items(), lock


def test_nothing_of_the_tests_is_in_the_image() -> None:
    found = pins("deploy/requirements.lock")
    assert found.keys().isdisjoint({"pytest", "mypy", "ruff", "hypothesis", "uv"})


def test_everything_that_is_needed_is_in_the_image() -> None:
    project = tomllib.loads((charts.ROOT / "pyproject.toml").read_text())["project"]
    wanted = {re.split(r"[<>=;~! ]", each)[0].lower() for each in project["dependencies"]}
    assert wanted <= pins("deploy/requirements.lock").keys(), "run `make lock`"


def test_it_runs_as_a_number_that_is_not_root() -> None:
    assert int(container.user()) > 1000


def test_it_writes_only_where_the_pod_has_a_volume() -> None:
    environment = container.environment()
    assert environment["HOME"] == "/tmp"
    assert environment["PYTHONDONTWRITEBYTECODE"] == "1"
    assert environment["PATH"].split(":")[0] == "/opt/portway/bin"
    assert environment["XDG_CACHE_HOME"].startswith("/opt/portway/")


def test_what_it_copies_is_let_through() -> None:
    text = (DEPLOY / "Containerfile").read_text()
    copied = [
        each
        for line in re.findall(r"^COPY (?!--from)(.*)$", text, re.M)
        for each in line.split()[:-1]
    ]
    ignored = (DEPLOY / "Containerfile.dockerignore").read_text().splitlines()
    assert ignored[0] == "*"
    assert {f"!{each}" for each in copied} <= set(ignored)
    for each in copied:
        assert (charts.ROOT / each).exists(), each


def test_the_interpreter_is_one_that_is_supported() -> None:
    (version,) = re.findall(
        r"^ARG PYTHON=(\d+)\.(\d+)-", (DEPLOY / "Containerfile").read_text(), re.M
    )
    assert tuple(int(each) for each in version) >= (3, 11)
