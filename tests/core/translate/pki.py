"""Authorities and what they issue, as objects, for tests of translations."""

from functools import cache

import trustme

from portway.core import api


@cache
def authority(name: str = "one") -> trustme.CA:
    """An authority of that name, made once."""
    return trustme.CA(organization_name=name)


def ca_pem(name: str = "one") -> str:
    """Its own certificate."""
    return authority(name).cert_pem.bytes().decode()


def ca_map(name: str, *texts: str, namespace: str = "infra") -> api.ConfigMap:
    """A ConfigMap whose ca.crt is these texts one after the other."""
    metadata = api.ObjectMeta(name=name, namespace=namespace)
    return api.ConfigMap(metadata=metadata, data={"ca.crt": "".join(texts)})


@cache
def tls_secret(name: str, *hosts: str, namespace: str = "infra") -> api.Secret:
    """A Secret with a certificate for these hosts, the same one for the same arguments."""
    issued = authority().issue_cert(*hosts)
    return api.Secret(
        metadata=api.ObjectMeta(name=name, namespace=namespace),
        type=api.TLS_SECRET_TYPE,
        data={
            "tls.crt": b"".join(each.bytes() for each in issued.cert_chain_pems),
            "tls.key": issued.private_key_pem.bytes(),
        },
    )
