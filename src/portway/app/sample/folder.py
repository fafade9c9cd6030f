"""Which sample backends a folder of manifests waits for.

Knows the two ways to give a Service endpoints by hand, the annotation and the EndpointSlice, and
takes the loopback ones: those are the places a sample can stand in for. Must not know routes. A
file that cannot be read is left to Portway, which says what is wrong with it.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from portway.adapters.folder.problem import MalformedError
from portway.adapters.folder.yaml import read_documents
from portway.app.sample.backends import SampleBackend
from portway.app.sample.echo import Answer
from portway.core import model
from portway.core.translate.address import parse_endpoints
from portway.core.translate.service import ENDPOINTS_ANNOTATION

_SLICE_LABEL = "kubernetes.io/service-name"
_LOOPBACK = ("127.", "::1")
_SUFFIXES = (".yaml", ".yml", ".json")


def sample_backends(folder: Path, pages: frozenset[str] = frozenset()) -> tuple[SampleBackend, ...]:
    """One backend for every loopback endpoint of a Service in the folder, in a fixed order.

    Args:
        pages: names of Services that answer with a page of text instead of JSON.
    """
    found: dict[tuple[str, int], SampleBackend] = {}
    for document in _documents(folder):
        for namespace, service, endpoint in _endpoints(document):
            if endpoint.address.startswith(_LOOPBACK):
                where = (endpoint.address, endpoint.port)
                found.setdefault(where, _backend(namespace, service, endpoint, pages, len(found)))
    return tuple(found.values())


def _backend(
    namespace: str, service: str, endpoint: model.Endpoint, pages: frozenset[str], number: int
) -> SampleBackend:
    return SampleBackend(
        service=service,
        namespace=namespace,
        address=endpoint.address,
        port=endpoint.port,
        pod=f"{service}-sample-{number}",
        answer=Answer.PAGE if service in pages else Answer.ECHO,
    )


def _documents(folder: Path) -> Iterator[Mapping[str, Any]]:
    files = [folder] if folder.is_file() else sorted(folder.rglob("*"))
    for file in files:
        if file.suffix in _SUFFIXES and file.is_file() and not file.name.startswith("."):
            try:
                documents = read_documents(str(file), file.read_text(encoding="utf-8"))
            except (MalformedError, UnicodeDecodeError):
                continue
            yield from (document.value for document in documents)


def _endpoints(document: Mapping[str, Any]) -> Iterator[tuple[str, str, model.Endpoint]]:
    """(namespace, Service, endpoint) of a Service with the annotation, or of an EndpointSlice."""
    metadata = _mapping(document.get("metadata"))
    namespace = str(metadata.get("namespace") or "default")
    if document.get("kind") == "Service":
        text = _mapping(metadata.get("annotations")).get(ENDPOINTS_ANNOTATION)
        parsed = parse_endpoints(text) if isinstance(text, str) else ()
        for endpoint in () if isinstance(parsed, str) else parsed:
            yield namespace, str(metadata.get("name")), endpoint
    elif document.get("kind") == "EndpointSlice":
        service = str(_mapping(metadata.get("labels")).get(_SLICE_LABEL))
        for port in _list(document.get("ports")):
            for entry in _list(document.get("endpoints")):
                for address in _list(_mapping(entry).get("addresses"))[:1]:
                    number = _mapping(port).get("port")
                    if isinstance(number, int):
                        yield namespace, service, model.Endpoint(str(address), number)


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
