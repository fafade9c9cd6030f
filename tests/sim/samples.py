"""Small random configurations and calls, from one seed.

Knows only words that can collide: few paths, hosts, headers and methods, so that most calls are
taken by several routes at once.
"""

import random

from portway.core import model

GATEWAY = model.ObjectKey("Gateway", "shop", "web")
TABLE = model.TableKey(GATEWAY, 80, "")
BACKENDS = ("a", "b", "c")

_DOMAINS = ("*", "*.a.com", "*.b.a.com", "x.a.com", "x.b.a.com", "b.a.com", "x.com")
_HOSTS = (*_DOMAINS[3:], "y.a.com", "y.b.a.com", "z.y.b.a.com", "a.com", "other.org", "X.COM")
_PATHS = ("/", "/foo", "/foo/bar", "/foobar", "/foo/bar/baz", "/qux")
_REGEXES = ("/foo.*", "/[a-z]+", "^/foo/(bar|qux)$", ".*baz")
_ODD_PATHS = (
    *("/foo/", "/foo//bar", "/./foo", "/qux/../foo", "/%66oo", "/foo%2Fbar", "/foo.bar"),
    *("/foo//../bar", "//foo", "/foo/..", "/foo/.", "/foo%20bar"),
)
_METHODS = ("GET", "POST", "OPTIONS", "DELETE")
_QUERIES = ("", "", "q=1", "q=2&q=1", "p=1&q=2", "Q=1", "q=a%20b")


def cluster_key(name: str) -> model.ClusterKey:
    return model.ClusterKey("Service", "shop", name, 80, "http")


class Samples:
    """Draws values; the same seed draws the same."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def virtual_hosts(self) -> tuple[model.VirtualHost, ...]:
        """One for each domain, listening on port 8080 as the client sees it."""
        return tuple(model.VirtualHost(domain, 8080, "http", self._routes()) for domain in _DOMAINS)

    def call(self) -> tuple[str, str, str, tuple[tuple[str, str], ...]]:
        """Host, path with query, method and headers."""
        pick = self._random.choice
        host = pick(_HOSTS) + pick(("", "", "", ":8080", ":80", "."))
        query = pick(_QUERIES)
        path = pick((*_PATHS, *_ODD_PATHS)) + (f"?{query}" if query else "")
        headers = [("x-one", pick(("1", "2"))) for _ in range(self._random.randint(0, 2))]
        if self._random.random() < 0.3:
            headers.append(("origin", pick(("https://ok.com", "https://no.com"))))
            headers.append(("access-control-request-method", pick(_METHODS)))
        return host, path, pick(_METHODS), tuple(headers)

    def _routes(self) -> tuple[model.HostRoute, ...]:
        return tuple(self._route(number) for number in range(self._random.randint(1, 7)))

    def _route(self, number: int) -> model.HostRoute:
        match = self._match()
        rule = self._rule(number, match)
        key = model.ObjectKey("HTTPRoute", "shop", f"r{number}")
        return model.HostRoute(key, rule, match)

    def _match(self) -> model.Match:
        pick = self._random.choice
        kind = pick(("Exact", "PathPrefix", "PathPrefix", "RegularExpression"))
        path = model.PathMatch(kind, pick(_REGEXES if kind == "RegularExpression" else _PATHS))
        headers = (model.HeaderMatch("x-one", pick(("1", "2", "1,2"))),)
        queries = (model.QueryMatch("q", pick(("1", "2", "a b")), pick(("Exact", "Exact"))),)
        return model.Match(
            path,
            pick(("", "", *_METHODS)),
            headers if self._random.random() < 0.3 else (),
            queries if self._random.random() < 0.3 else (),
        )

    def _rule(self, number: int, match: model.Match) -> model.Rule:
        draw = self._random.random()
        filters = self._filters(match)
        shares = tuple(self._share(match) for _ in range(self._random.randint(0, 3)))
        action = model.Forward(shares)
        if draw < 0.05:
            return model.Rule(number, (match,), action, filters, broken="unknown filter")
        if draw < 0.3:
            return model.Rule(number, (match,), action, filters, self._redirect(match))
        return model.Rule(number, (match,), action, filters)

    def _share(self, match: model.Match) -> model.Share:
        pick = self._random.choice
        backend = cluster_key(pick(BACKENDS)) if self._random.random() < 0.85 else None
        return model.Share(pick((0, 1, 1, 3)), backend, self._share_filters(match))

    def _filters(self, match: model.Match) -> tuple[model.Filter, ...]:
        found: list[model.Filter] = []
        if self._random.random() < 0.3:
            found.append(model.Cors(("https://ok.com",), headers=self._random.choice(((), ("*",)))))
        if self._random.random() < 0.3:
            found.append(model.RequestHeaders(self._edit()))
        if self._random.random() < 0.3:
            found.append(self._rewrite(match))
        return tuple(found)

    def _share_filters(self, match: model.Match) -> tuple[model.Filter, ...]:
        draw = self._random.random()
        if draw < 0.15:
            return (model.RequestHeaders(self._edit()),)
        if draw < 0.3:
            return (self._rewrite(match),)
        if draw < 0.35:
            return (self._redirect(match),)
        return ()

    def _edit(self) -> model.HeaderEdit:
        pick = self._random.choice
        return model.HeaderEdit(
            set=pick(((), (("x-one", pick(("50%", "2"))),), (("host", "edited.example"),))),
            add=pick(((), (("x-two", "%REQ(x-one)%"),))),
            remove=pick(((), ("x-three",))),
        )

    def _rewrite(self, match: model.Match) -> model.Rewrite:
        host = self._random.choice(("", "new.example"))
        return model.Rewrite(host, self._path_edit(match))

    def _redirect(self, match: model.Match) -> model.Redirect:
        pick = self._random.choice
        return model.Redirect(
            scheme=pick(("", "", "http", "https")),
            hostname=pick(("", "", "to.example")),
            port=pick((0, 0, 80, 443, 8080)),
            path=self._path_edit(match),
            status=pick((301, 302, 303, 307, 308)),
        )

    def _path_edit(self, match: model.Match) -> model.PathEdit | None:
        pick = self._random.choice
        if self._random.random() < 0.3:
            return None
        if match.path.kind == "PathPrefix" and self._random.random() < 0.7:
            value = pick(("", "/", "/xyz", "/xyz/"))
            return model.PathEdit("ReplacePrefixMatch", value, match.path.value)
        return model.PathEdit("ReplaceFullPath", pick(("/full", "/f/u/l/l/", r"/back\1slash")))
