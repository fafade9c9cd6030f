"""One of every value of the model, filled in, to hold the laws of values against."""

import msgspec

from portway.core import model

ROUTE = model.ObjectKey("HTTPRoute", "shop", "cart")
TCP = model.ObjectKey("TCPRoute", "shop", "db")
GATEWAY = model.ObjectKey("Gateway", "shop", "web")
CLUSTER = model.ClusterKey("Service", "shop", "cart", 80, "http")
ENDPOINT = model.Endpoint("127.0.0.1", 3000)
EDIT = model.HeaderEdit((("a", "1"),), (("b", "2"),), ("c",))
PATH = model.PathEdit("ReplacePrefixMatch", "/new", "/old")
MATCH = model.Match(model.PathMatch("Exact", "/a"), "GET", (model.HeaderMatch("x", "1"),))
CALL = model.Match(model.PathMatch("Exact", "/a.B/C"), grpc=model.GRPCMethod(True, True))
REDIRECT = model.Redirect("https", "a.com", 8443, PATH, 301)
FILTERS: tuple[model.Filter, ...] = (
    model.RequestHeaders(EDIT),
    model.ResponseHeaders(EDIT),
    REDIRECT,
    model.Rewrite("a.com", PATH),
    model.Mirror(CLUSTER, 3, 1000),
    model.Cors(("https://a.com",), ("GET",), ("x",), ("y",), True, 60),
    model.ExternalAuth(CLUSTER, False, ("a",), ("b",), "/check", 1024),
    model.TokenLimit("shop/free", (model.Budget(100, 60, "Prompt", ("a",)),)),
)
RULE = model.Rule(
    0,
    (MATCH, CALL),
    model.Forward((model.Share(1, CLUSTER, FILTERS),)),
    FILTERS,
    REDIRECT,
    model.Timeouts(1.5, 0.5),
    model.Retry((503,), 2, 0.1),
    "rule",
    session=model.Session(False, "session", "/a", 60.0, CLUSTER),
)
CERTIFICATE = model.ObjectKey("Secret", "shop", "tls")
FINDING = model.Finding(ROUTE, "0", "Accepted", "Reason", "words")
LISTENER = model.ListenerKey(GATEWAY, GATEWAY, "http")
RULES = model.RouteRules(ROUTE, "2026-01-01T00:00:00Z", (RULE,), (CLUSTER,), (FINDING,))

CA = model.TrustKey((model.ObjectKey("ConfigMap", "shop", "ca"),))
TLS = model.BackendTLS("a.com", (model.PeerName("URI", "spiffe://a/b"),), CA, CERTIFICATE)
POLICY = model.ObjectKey("BackendTLSPolicy", "shop", "cart")

VALUES: tuple[msgspec.Struct, ...] = (
    *FILTERS,
    RULES,
    model.SessionPool(CLUSTER, ((1, CLUSTER),)),
    FINDING,
    model.Cluster(CLUSTER, model.Discovery.NAMED, (ENDPOINT,)),
    model.Endpoints(CLUSTER, (ENDPOINT,)),
    model.Attachment(
        ROUTE, (model.ParentAttachment(0, GATEWAY, ((LISTENER, ("a.com",)),), FINDING),)
    ),
    model.Contribution(ROUTE, "", (RULE,)),
    model.VirtualHost("a.com", 80, "http", (model.HostRoute(ROUTE, RULE, MATCH),)),
    model.Certificate(CERTIFICATE, b"chain", b"key"),
    TLS,
    *TLS.names,
    model.Trust(CA, b"pem"),
    model.AccessLog(fields=("time",), headers=("user-agent",)),
    model.ClientValidation(CA, required=False),
    model.TLSPolicy(POLICY, 1, "", (model.TLSTarget(CLUSTER.backend, "web"),), TLS, (FINDING,)),
    model.Picker(CLUSTER, fail_open=True),
    model.RetryBudget(20, 10.0, 10.0),
    model.TrafficPolicy(model.ObjectKey("XBackendTrafficPolicy", "a", "b"), 1, "", ()),
    model.External(CLUSTER.backend, 1, model.Endpoint("api.example.com", 443), "HTTP2"),
    model.L4Route(TCP, "", (model.L4Share(1, CLUSTER, "p"),), (FINDING,)),
    model.L4Claim(TCP, "", (model.L4Share(1, None),)),
    model.L4Place(model.L4Key(GATEWAY, 1, "TCP"), TCP, (model.L4Share(1, CLUSTER),), (ROUTE,)),
    model.L4Pool(
        model.L4Key(GATEWAY, 443, "TLS", "a.com"),
        TCP,
        model.Discovery.LISTED,
        (model.EndpointGroup(3, (CLUSTER,), (ENDPOINT,)),),
        2,
    ),
)
