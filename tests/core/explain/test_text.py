"""The lines a reader sees, and that an explanation survives JSON."""

from typing import Any

import msgspec

from portway.core import model
from portway.core.explain import Explanation, explain, from_url, lines


def _found(site: Any) -> Explanation:
    web = site.listener("web", 80)
    action = model.Forward((model.Share(1, site.service("api", "10.0.0.1", "fd00::1")),))
    match = model.Match(model.PathMatch("PathPrefix", "/api"))
    other = model.Match(model.PathMatch("PathPrefix", "/api/v2"))
    site.route(
        "api", {web: ("*",)}, model.Rule(0, (match,), action), model.Rule(1, (other,), action)
    )
    return explain(site, from_url("GET", "http://h/api/x"), "api")


def test_steps_come_in_the_order_they_are_taken(site: Any) -> None:
    assert list(lines(_found(site))) == [
        "GET http://h/api/x",
        "",
        "Gateway infra/edge, port 80 (bound to 8080) HTTP at 127.0.0.2",
        "  listener web: takes any host",
        "  host h, path /api/x after normalisation",
        "  virtual host *: takes any host",
        "  HTTPRoute apps/api rules[1] [PathPrefix /api/v2] no: path '/api/x' is not under "
        "'/api/v2': character 6 is 'x', wanted 'v'",
        "  HTTPRoute apps/api rules[0] [PathPrefix /api] MATCHES",
        "  backend Service apps/api:80: weight 1 (100 %), 10.0.0.1:8080, [fd00::1]:8080",
        "    receives GET /api/x, host: h",
        "  => forwarded to Service apps/api:80",
        "",
        "Answer: forwarded to Service apps/api:80",
        "Yes HTTPRoute apps/api:",
        "  - it is the route that answers",
    ]


def test_json_and_back(site: Any) -> None:
    found = _found(site)
    assert msgspec.json.decode(msgspec.json.encode(found), type=Explanation) == found
