"""Everything the renderer can write is what Envoy takes: by its schema, and by Envoy itself."""

from pathlib import Path

import pytest
import trustme

from portway.adapters.envoy import descriptors
from portway.adapters.envoy.binary import locate
from portway.core import model, render
from portway.core.schema import Schema
from tests.core.render.cases import (
    CA,
    CASES,
    CERTIFICATE,
    CLUSTERS,
    ENDPOINTS,
    GATEWAY,
    HTTP_TABLE,
    Case,
    http_port,
    https_port,
    listener,
)
from tests.sim.bootstrap import bootstrap, table
from tests.sim.proxy import complaints

HTTPS = https_port(
    listener("exact", "HTTPS", "x.com"),
    listener("wildcard", "HTTPS", "*.x.com"),
    listener("off", "HTTPS", "off.x.com", serving=False),
    listener("rest", "HTTPS"),
    listener("asked", "HTTPS", "mtls.x.com", validation=model.ClientValidation(CA)),
    listener("lax", "HTTPS", "lax.x.com", validation=model.ClientValidation(CA, required=False)),
)
LOGGED = render.Defaults(access_log="/dev/stdout", trusted_hops=1)
LISTENERS = (
    render.listener(http_port("127.0.0.1", "::1"), LOGGED),
    render.listener(HTTPS, render.Defaults()),
)


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Schema:
    return Schema(descriptors.load(locate(), tmp_path_factory.mktemp("schema")))


@pytest.fixture(scope="module")
def certificate() -> model.Certificate:
    issued = trustme.CA().issue_cert("x.com", "*.x.com")
    chain = b"".join(blob.bytes() for blob in issued.cert_chain_pems)
    return model.Certificate(CERTIFICATE, chain, issued.private_key_pem.bytes(), ("x.com",))


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_virtual_hosts_keep_the_schema_s_rules(case: Case, schema: Schema) -> None:
    found = render.virtual_host(case.host)
    assert schema.violations("envoy.config.route.v3.VirtualHost", found) == ()


@pytest.mark.parametrize("found", LISTENERS, ids=lambda each: str(each["name"]))
def test_listeners_keep_the_schema_s_rules(found: dict[str, object], schema: Schema) -> None:
    assert schema.violations("envoy.config.listener.v3.Listener", found) == ()


@pytest.mark.parametrize("cluster", CLUSTERS, ids=lambda each: str(each.key.name))
def test_clusters_keep_the_schema_s_rules(cluster: model.Cluster, schema: Schema) -> None:
    found = render.cluster(cluster)
    assert schema.violations("envoy.config.cluster.v3.Cluster", found) == ()


@pytest.mark.parametrize("endpoints", ENDPOINTS, ids=lambda each: str(each.key.name))
def test_endpoints_keep_the_schema_s_rules(endpoints: model.Endpoints, schema: Schema) -> None:
    found = render.endpoints(endpoints)
    assert schema.violations("envoy.config.endpoint.v3.ClusterLoadAssignment", found) == ()


def test_secrets_and_heads_keep_the_schema_s_rules(
    certificate: model.Certificate, schema: Schema
) -> None:
    secret = render.secret(certificate)
    tls = "envoy.extensions.transport_sockets.tls.v3.Secret"
    assert schema.violations(tls, secret) == ()
    for trust in (model.Trust(CA, b"pem"), model.Trust(model.TrustKey(), file="/etc/ca.pem")):
        assert schema.violations(tls, render.trust(trust)) == ()
    assert schema.decode(tls, schema.encode(tls, secret)) == secret
    head = render.route_configuration(HTTP_TABLE)
    assert schema.violations("envoy.config.route.v3.RouteConfiguration", head) == ()


@pytest.mark.envoy
def test_envoy_accepts_it_all_at_once(certificate: model.Certificate, tmp_path: Path) -> None:
    """Every case as a virtual host of its own, in every table, with every cluster."""
    machine = tmp_path / "ca.pem"
    machine.write_bytes(certificate.chain)
    hosts = [
        model.VirtualHost(
            f"case{number}.com",
            case.host.port,
            case.host.scheme,
            case.host.routes,
            case.host.misdirected,
        )
        for number, case in enumerate(CASES)
    ]
    names = ("exact", "wildcard", "rest", "asked", "lax")
    tables = [table(HTTP_TABLE, hosts)]
    tables += [table(model.TableKey(GATEWAY, 443, name), hosts) for name in names]
    whole = bootstrap(
        LISTENERS,
        tables,
        [render.cluster(each) for each in CLUSTERS],
        [render.endpoints(each) for each in ENDPOINTS],
        [
            render.secret(certificate),
            render.trust(model.Trust(CA, certificate.chain)),
            render.trust(model.Trust(model.TrustKey(), file=str(machine))),
        ],
    )
    assert complaints(whole) == ""
