"""What a translation may look up.

Knows the questions, as a protocol. Must not know how they are answered: inside the graph every
answer is recorded as a dependency, in a test it is a dictionary.
"""

from typing import Protocol

from portway.core import model
from portway.core.api.backend import Backend
from portway.core.api.backend_tls_policy import BackendTLSPolicy
from portway.core.api.endpoint_slice import EndpointSlice
from portway.core.api.gateway_class import GatewayClass
from portway.core.api.namespace import Namespace
from portway.core.api.reference_grant import ReferenceGrant
from portway.core.api.secret import Secret
from portway.core.api.service import Service
from portway.core.translate.service import Referred


class World(Protocol):
    """Everything outside the object that is being translated.

    `service` answers with what references depend on, `whole_service` with everything.
    `gateway` answers only for Gateways of ours, already translated. `grants` are those that live
    in a namespace; `slices` carry the label that names the Service; `backend_tls_policies` name
    the Service as a target.
    """

    controller: str

    def gateway_class(self, name: str) -> GatewayClass | None: ...

    def gateway(self, namespace: str, name: str) -> model.Gateway | None: ...

    def service(self, namespace: str, name: str) -> Referred | None: ...

    def whole_service(self, namespace: str, name: str) -> Service | None: ...

    def backend(self, namespace: str, name: str) -> Backend | None: ...

    def secret(self, namespace: str, name: str) -> Secret | None: ...

    def namespace(self, name: str) -> Namespace | None: ...

    def grants(self, namespace: str) -> tuple[ReferenceGrant, ...]: ...

    def slices(self, namespace: str, service: str) -> tuple[EndpointSlice, ...]: ...

    def backend_tls_policies(
        self, namespace: str, service: str
    ) -> tuple[BackendTLSPolicy, ...]: ...
