"""How a peer's certificate is held against a set of authorities.

Knows that the authorities come apart (SDS), so that a change of them drains nothing, and that what
is said here is added to them. Must not know which side of a connection it is for.
"""

from typing import Any, TypeAlias

from portway.core import model
from portway.core.render import names
from portway.core.render.source import ads

Json: TypeAlias = dict[str, Any]


def validated(trust: model.TrustKey, demands: Json | None = None) -> Json:
    """The fields of a CommonTlsContext. `demands` is a CertificateValidationContext without
    authorities."""
    apart = {"name": names.trust(trust), "sds_config": ads()}
    if not demands:
        return {"validation_context_sds_secret_config": apart}
    return {
        "combined_validation_context": {
            "default_validation_context": demands,
            "validation_context_sds_secret_config": apart,
        }
    }
