"""TLS Secrets: whether a certificate chain and its key can be presented to clients.

Knows which entries of a Secret they are. Must not know who refers to the Secret, nor X.509 (see
`key_pair`). There is no clock below the wall, so an expired certificate is not refused: its end is
a field of the result, and whoever has a clock can note it.
"""

from portway.core import model
from portway.core.api.secret import Secret
from portway.core.translate.world import World

CHAIN = "tls.crt"
PRIVATE_KEY = "tls.key"


def certificate(key: model.ObjectKey, world: World) -> model.Certificate | None:
    """The usable certificate in a Secret; None when it is missing or unusable. Where the proxy
    refused it as it is now, the version before it."""
    secret = world.secret(key.namespace, key.name)
    refused = world.refused(key)
    if refused is not None:
        secret = refused.instead if isinstance(refused.instead, Secret) else None
    if secret is None:
        return None
    read = read_certificate(secret)
    return read if isinstance(read, model.Certificate) else None


def read_certificate(secret: Secret) -> model.Certificate | str:
    """The certificate of a Secret, or what is wrong with it and what to do, in words."""
    key = model.ObjectKey("Secret", secret.namespace, secret.name)
    for name in (CHAIN, PRIVATE_KEY):
        if not secret.data.get(name):
            return f"{key} has no {name}; a TLS Secret holds {CHAIN} and {PRIVATE_KEY}."
    # Not before there is a certificate to read: see its first lines.
    from portway.core.translate import key_pair

    read = key_pair.read(secret.data[CHAIN], secret.data[PRIVATE_KEY])
    if isinstance(read, key_pair.Unusable):
        where = f" {CHAIN}" if read.of_chain else f" {PRIVATE_KEY}" if read.of_key else ""
        return f"{key}:{where} {read.words}."
    return model.Certificate(
        key=key,
        chain=secret.data[CHAIN],
        private_key=secret.data[PRIVATE_KEY],
        names=read.names,
        expires=read.expires,
    )
