"""Model values that between them use every field the renderer can write."""

from typing import NamedTuple

from portway.core import model

GATEWAY = model.ObjectKey("Gateway", "shop", "web")
ROUTE = model.ObjectKey("HTTPRoute", "shop", "cart")
CERTIFICATE = model.ObjectKey("Secret", "shop", "tls")
HTTP_TABLE = model.TableKey(GATEWAY, 80, "")


def key(name: str, protocol: str = "http") -> model.ClusterKey:
    return model.ClusterKey("Service", "shop", name, 8080, protocol)


def share(name: str, weight: int = 1, *filters: model.Filter) -> model.Share:
    return model.Share(weight, key(name), filters)


INVALID = model.Share(1, None)

CA = model.TrustKey((model.ObjectKey("ConfigMap", "shop", "ca"),))
TWO_CAS = model.TrustKey((*CA.authorities, model.ObjectKey("ConfigMap", "vault", "ca")))


def tls(
    *names: model.PeerName,
    trust: model.TrustKey = CA,
    client: model.ObjectKey | None = None,
) -> model.BackendTLS:
    wanted = names or (model.PeerName("Hostname", "cart.internal"),)
    return model.BackendTLS("cart.internal", wanted, trust, client)


def secure(
    name: str, protocol: str = "http", client: model.ObjectKey | None = None
) -> model.Cluster:
    found = key(name, protocol)._replace(policy="cart-tls")
    return model.Cluster(found.showing(client) if client else found, tls=tls(client=client))


def prefix(path: str) -> model.Match:
    return model.Match(model.PathMatch("PathPrefix", path))


def route(
    *shares: model.Share,
    match: model.Match | None = None,
    filters: tuple[model.Filter, ...] = (),
    redirect: model.Redirect | None = None,
    timeouts: model.Timeouts | None = None,
    retry: model.Retry | None = None,
    name: str = "",
    broken: str = "",
) -> model.HostRoute:
    """One route of rule 0 of HTTPRoute shop/cart."""
    asked = match or model.Match()
    rule = model.Rule(
        index=0,
        matches=(asked,),
        action=model.Forward(shares),
        filters=filters,
        redirect=redirect,
        timeouts=timeouts or model.Timeouts(),
        retry=retry,
        name=name,
        broken=broken,
    )
    return model.HostRoute(ROUTE, rule, asked)


def host(*routes: model.HostRoute, domain: str = "*", port: int = 80) -> model.VirtualHost:
    return model.VirtualHost(domain, port, "http", routes)


def listener(name: str, protocol: str, hostname: str = "", **more: object) -> model.Listener:
    port = 443 if protocol == "HTTPS" else 80
    key = model.ListenerKey(GATEWAY, GATEWAY, name)
    certificates = (CERTIFICATE,) if protocol == "HTTPS" else ()
    allowed = model.AllowedRoutes(())
    fields = {"certificates": certificates, **more}
    return model.Listener(key, port, protocol, hostname, allowed, **fields)  # type: ignore[arg-type]


def http_port(*addresses: str) -> model.Port:
    found = addresses or ("127.0.0.1",)
    listeners = (listener("http", "HTTP"),)
    return model.Port(model.PortKey(GATEWAY, 80), "HTTP", found, 8080, listeners)


def https_port(*listeners: model.Listener) -> model.Port:
    return model.Port(model.PortKey(GATEWAY, 443), "HTTPS", ("127.0.0.1",), 8443, listeners)


EDIT = model.HeaderEdit((("x-set", "50%"),), (("x-add", "%REQ(x)%"),), ("x-gone",))
HOST_EDIT = model.HeaderEdit(set=(("host", "inside.example"),))
TO_ROOT = model.PathEdit("ReplacePrefixMatch", "/", "/a+b")
TO_PREFIX = model.PathEdit("ReplacePrefixMatch", "/new/", "/old")
FULL = model.PathEdit("ReplaceFullPath", "/whole\\1")
CORS = model.Cors(
    ("https://a.com", "https://*.b.com", "*"), ("GET", "PUT"), ("x-a",), ("x-b",), True, 60
)
OPEN_CORS = model.Cors(("*",), ("*",), ("*",), ("*",))
EVERY_MATCH = model.Match(
    model.PathMatch("RegularExpression", "/v[0-9]+/.*"),
    "POST",
    (model.HeaderMatch("x-one", "1"), model.HeaderMatch("x-two", "a|b", "RegularExpression")),
    (model.QueryMatch("q", "1"), model.QueryMatch("r", "[0-9]+", "RegularExpression")),
)


class Case(NamedTuple):
    name: str
    host: model.VirtualHost

    def __repr__(self) -> str:
        return self.name


CASES = (
    Case("no routes", host()),
    Case("another listener's host", model.VirtualHost("x.com", 443, "https", misdirected=True)),
    Case("one backend", host(route(share("a")), domain="x.com")),
    Case("every kind of match", host(route(share("a"), match=EVERY_MATCH), domain="*.x.com")),
    Case("exact path", host(route(share("a"), match=model.Match(model.PathMatch("Exact", "/"))))),
    Case("weights", host(route(share("a", 3), share("b", 1), share("c", 0)))),
    Case("a share is invalid", host(route(share("a"), INVALID))),
    Case("all shares are invalid", host(route(INVALID, INVALID))),
    Case("no shares", host(route())),
    Case("broken", host(route(share("a"), broken="no such extension"))),
    Case(
        "header edits",
        host(route(share("a"), filters=(model.RequestHeaders(EDIT), model.ResponseHeaders(EDIT)))),
    ),
    Case(
        "filters per backend",
        host(
            route(
                share("a", 1, model.RequestHeaders(EDIT), model.Rewrite("a.example")),
                share("b", 2, model.ResponseHeaders(EDIT), CORS, model.RequestHeaders(HOST_EDIT)),
            )
        ),
    ),
    Case(
        "a route per backend",
        host(
            route(
                share("a", 1, model.Rewrite("", TO_PREFIX)),
                share("b", 2, model.Redirect(scheme="https"), model.ResponseHeaders(EDIT)),
                share("c", 0, model.Rewrite("", FULL)),
                share("d", 3, model.Mirror(key("m"), 1, 3)),
                INVALID,
                match=prefix("/old"),
            )
        ),
    ),
    Case("host rewrite", host(route(share("a"), filters=(model.Rewrite("b.example"),)))),
    Case(
        "prefix to root",
        host(route(share("a"), match=prefix("/a+b"), filters=(model.Rewrite("", TO_ROOT),))),
    ),
    Case("whole path", host(route(share("a"), filters=(model.Rewrite("", FULL),)))),
    Case(
        "mirrors",
        host(
            route(
                share("a"),
                filters=(model.Mirror(key("m")), model.Mirror(key("n"), 1, 3)),
            )
        ),
    ),
    Case("redirect", host(route(redirect=model.Redirect(scheme="https", path=FULL)))),
    Case(
        "redirect of a prefix",
        host(route(match=prefix("/old"), redirect=model.Redirect(path=TO_PREFIX, status=308))),
    ),
    Case(
        "redirect with CORS",
        host(route(redirect=model.Redirect(hostname="y.com", port=81), filters=(CORS,))),
    ),
    Case("cors", host(route(share("a"), filters=(CORS,)))),
    Case(
        "cors for one method",
        host(route(share("a"), match=model.Match(method="PUT"), filters=(OPEN_CORS,))),
    ),
    Case(
        "timeouts and retries",
        host(
            route(
                share("a"),
                timeouts=model.Timeouts(7200.0, 0.25),
                retry=model.Retry((500, 503), 3, 0.1),
                name="slow",
            )
        ),
    ),
    Case(
        "no timeouts, retries of connections",
        host(route(share("a"), timeouts=model.Timeouts(0.0), retry=model.Retry())),
    ),
)

CLUSTERS = (
    model.Cluster(key("a")),
    model.Cluster(key("b", "h2c")),
    model.Cluster(key("c", "ws")),
    model.Cluster(key("d"), model.Discovery.NAMED, (model.Endpoint("localhost", 80),)),
    model.Cluster(
        key("e"),
        model.Discovery.NAMED,
        (model.Endpoint("localhost", 80), model.Endpoint("localhost", 81)),
    ),
    secure("f"),
    secure("g", "h2c", CERTIFICATE),
    model.Cluster(
        key("h")._replace(policy="p"),
        tls=tls(model.PeerName("URI", "spiffe://a/b"), trust=model.TrustKey()),
    ),
)

ENDPOINTS = (
    model.Endpoints(key("a")),
    model.Endpoints(
        key("b", "h2c"),
        (
            model.Endpoint("127.0.0.1", 80),
            model.Endpoint("::1", 81),
            model.Endpoint("unix:/run/x.sock", 0),
        ),
    ),
)
