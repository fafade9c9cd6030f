"""The command understands what the Deployment tells it."""

from typing import Any

import click
import pytest

from portway.app.cli import main
from tests.deploy import charts

RENDERS = dict(charts.renders())


def arguments(name: str) -> list[str]:
    (deployment,) = charts.of_kind(RENDERS[name], "Deployment")
    found: list[str] = deployment["spec"]["template"]["spec"]["containers"][0]["args"]
    return found


def parsed(words: list[str]) -> dict[str, Any]:
    """The command's parameters. Raises UsageError."""
    context = click.Context(main)
    command = main.get_command(context, words[0])
    assert command is not None
    values: dict[str, Any] = command.make_context(words[0], words[1:], parent=context).params
    return values


@pytest.mark.parametrize("name", sorted(RENDERS))
def test_they_are_options_of_the_command(name: str) -> None:
    values = parsed(arguments(name))
    assert values["write_status"] == charts.NAMESPACE
    assert values["probe_address"].endswith(":18001")
    assert bool(values["bind"]) is not bool(values["provision"])


def test_proxies_are_of_the_same_image_and_find_the_service() -> None:
    rendered = RENDERS["install"]
    (deployment,) = charts.of_kind(rendered, "Deployment")
    values = parsed(arguments("install"))
    assert values["provision"] == deployment["spec"]["template"]["spec"]["containers"][0]["image"]
    name, _, port = values["xds_name"].partition(":")
    (service,) = [
        each
        for each in charts.of_kind(rendered, "Service")
        if name == f"{each['metadata']['name']}.{each['metadata']['namespace']}.svc"
    ]
    assert [str(each["port"]) for each in service["spec"]["ports"]] == [port]
    assert values["xds_address"].rpartition(":")[2] == port


def test_values_reach_the_command() -> None:
    values = parsed(arguments("shared-namespaced"))
    assert (values["watch_namespaces"], values["gateway_class"]) == ("blog,shop", "portway-shop")
    values = parsed(arguments("everything"))
    assert (values["gateway_class"], values["drain_time"], values["concurrency"]) == ("", 120, 2)
    assert (values["scopes_from"], values["log_level"]) == (100, "debug")
    assert values["probe_address"] == "[::]:18001"


def test_a_pod_is_given_the_time_that_requests_under_way_get() -> None:
    for name, rendered in RENDERS.items():
        (deployment,) = charts.of_kind(rendered, "Deployment")
        seconds = deployment["spec"]["template"]["spec"]["terminationGracePeriodSeconds"]
        values = parsed(arguments(name))
        # Where proxies are elsewhere, nothing is under way here.
        assert seconds >= (values["drain_time"] + 5 + 5 if values["bind"] else 30)
