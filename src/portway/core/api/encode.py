"""Resources back into documents.

Knows that a document is plain JSON values with camelCase names. Must not know any kind. Fields at
their default are left out; ``decode`` puts them back, so that a round trip gives an equal value.
"""

from typing import Any

import msgspec

from portway.core.api.meta import Resource


def to_document(resource: Resource) -> dict[str, Any]:
    """The document of a resource, in the version it was normalised to.

    An L4 route that was written as v1alpha2 may hold more than v1 takes (several rules, a
    TLSRoute without host names); its document says v1 all the same.
    """
    # By JSON, because to_builtins keeps tuples where a document has lists.
    body: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(resource))
    return {"apiVersion": resource.api_version, "kind": resource.kind, **body}
