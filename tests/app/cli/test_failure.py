"""A command that fails says one sentence and ends with its code."""

import click
import pytest
from click.testing import CliRunner

from portway.app.cli.failure import FINDINGS, NOT_RUNNING, USAGE, Failure


@pytest.mark.parametrize("code", [FINDINGS, USAGE, NOT_RUNNING])
def test_the_exit_code_and_the_sentence(code: int) -> None:
    @click.command()
    def command() -> None:
        raise Failure("there is no such thing", code)

    result = CliRunner().invoke(command)
    assert result.exit_code == code
    assert result.stderr == "Error: there is no such thing\n"
    assert result.stdout == ""


def test_the_codes_are_a_contract_with_scripts() -> None:
    assert (FINDINGS, USAGE, NOT_RUNNING) == (1, 2, 3)
    assert Failure("words").exit_code == FINDINGS
