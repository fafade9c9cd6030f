"""The site of a large cluster has what was asked for, and every part of it is valid."""

from collections import Counter

from bench import site
from portway.core import api


def test_it_has_as_many_of_each_as_asked_for() -> None:
    made = list(site.documents(3, 10, 40, "127.0.0.1:8080"))
    assert Counter(path for path, _ in made) == {
        site.CLASSES: 1,
        site.GATEWAYS: 3,
        site.SERVICES: 10,
        site.ROUTES: 10,
        site.SLICES: 10,
    }
    slices = [each for path, each in made if path == site.SLICES]
    addresses = [one for each in slices for one in each["endpoints"]]
    assert len(addresses) == 40
    ports = {each["spec"]["listeners"][0]["port"] for path, each in made if path == site.GATEWAYS}
    assert len(ports) == 3
    for _, each in made:
        api.decode(each)


def test_the_first_service_begins_where_nobody_listens() -> None:
    slices = [each for path, each in site.documents(1, 2, 2, "127.0.0.1:8080") if "slices" in path]
    assert [each["ports"][0]["port"] for each in slices] == [9, 8080]
    assert slices[1]["endpoints"] == [{"addresses": ["127.0.0.1"]}]
