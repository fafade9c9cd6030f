"""What the README and the guide tell people to type is there, and Helm takes it."""

import re
import shlex
from pathlib import Path

import pytest

from tests.deploy import charts

PAGES = [charts.ROOT / each for each in ("README.md", "docs/guide/install.md")]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_is_there(page: Path) -> None:
    named = set(re.findall(r"(?<![\w./])deploy/[\w./-]*\w", page.read_text()))
    assert "deploy/install.yaml" in named
    assert {each for each in named if not (charts.ROOT / each).exists()} == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_value_is_one_of_the_chart(page: Path) -> None:
    try:
        program = charts.helm()
    except charts.NoHelm as error:
        pytest.skip(str(error))
    commands = re.findall(r"^    (helm upgrade .*)$", page.read_text(), re.M)
    assert len(commands) >= 2
    for command in commands:
        words = shlex.split(command)
        chart = next(each for each in words if each.startswith("deploy/charts/"))
        values = [each for at, each in enumerate(words) if words[at - 1] == "--set"]
        given = [word for each in values for word in ("--set", each)]
        assert charts.documents(charts.rendered(program, Path(chart).name, None, *given))
        place = "shop" if chart.endswith(charts.PICKER) else charts.NAMESPACE
        assert words[words.index("-n") + 1] == place


def test_the_steps_of_the_readme_are_fewer_than_ten() -> None:
    text = PAGES[0].read_text()
    section = text.partition("## In a cluster\n")[2].partition("\n## ")[0]
    steps = re.findall(r"^    (?:make|kubectl|helm|curl) .*$", section, re.M)
    assert 0 < len(steps) < 10
