"""The suites that can be run: what each is built from and what it is asked to do.

Knows the Go modules and their packages. Must not know how anything is built or run.
"""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final, NamedTuple

_HERE: Final = Path(__file__).resolve().parent
_API: Final = "sigs.k8s.io/gateway-api"
_CRDS: Final = (_API, "config/crd/experimental")
_IMAGES: Final = "sigs.k8s.io/gateway-api-conformance-images"
_INFERENCE: Final = "sigs.k8s.io/gateway-api-inference-extension"


class Suite(NamedTuple):
    """A suite. ``module``: the folder of the Go module that asks for its versions; ``tests``: its
    package; ``programs``: by the name of the image they stand for, their packages; ``bundles``: the
    modules and their folders with CRDs; ``version_of``: the module whose version is the suite's;
    ``report``: of a report that is kept, its path below those of all suites."""

    module: Path
    tests: str
    programs: Mapping[str, str]
    bundles: tuple[tuple[str, str], ...]
    version_of: str
    report: str
    follows_class: bool
    """Whether it is asked for the profiles that follow from the GatewayClass's features."""
    beforehand: tuple[Path, ...] = ()
    """Folders with manifests of what the suite expects to be there already."""
    toolchain: str = ""
    """The Go that it asks for; an older one that is here fetches it as it does a module."""


ECHO: Final = "echo-basic"
PICKER: Final = "lwepp"
GATEWAY_API: Final = Suite(
    module=_HERE / "suite",
    tests=f"{_API}/conformance",
    programs={ECHO: f"{_API}/conformance/echo-basic"},
    bundles=(_CRDS,),
    version_of=_API,
    # Named as the suite's own collection of reports is.
    report="v1.6.1/experimental-{version}-default-report.yaml",
    follows_class=True,
)
# Since 1.7 the echo server is a module of its own.
GATEWAY_API_1_7: Final = GATEWAY_API._replace(
    module=_HERE / "suite-1.7",
    programs={ECHO: f"{_IMAGES}/echo-basic"},
    report="v1.7.0/experimental-{version}-default-report.yaml",
    toolchain="go1.27.3",
)
RELEASES: Final = MappingProxyType({"1.6": GATEWAY_API, "1.7": GATEWAY_API_1_7})
"""The suites of the Gateway API, by release."""
INFERENCE: Final = Suite(
    module=_HERE / "inference",
    tests=f"{_INFERENCE}/conformance",
    # The picker is the suite's own: it names the endpoints that a test's header names.
    programs={ECHO: f"{_API}/conformance/echo-basic", PICKER: f"{_INFERENCE}/cmd/lwepp"},
    bundles=(_CRDS, (_INFERENCE, "config/crd/bases")),
    version_of=_INFERENCE,
    # Named as the Inference Extension's own collection of reports is, and where it is there.
    report="inference-extension/{version}-default-gateway-report.yaml",
    follows_class=False,
    beforehand=(_HERE / "inference" / "beforehand",),
)
