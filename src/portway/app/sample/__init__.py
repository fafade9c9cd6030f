"""Sample backends: something to route to on a machine that has nothing else running.

Knows how to be a small, truthful HTTP application: it tells what it received, streams, waits,
fails on request, and answers two model-serving protocols from a sample model. Used by
`portway demo` and by the examples. Must not know Gateways, routes or Envoy: a sample that knew the
gateway in front of it could not show what the gateway does.
"""

from portway.app.sample.backends import BackendError, Backends, SampleBackend
from portway.app.sample.echo import Answer

__all__ = ["Answer", "BackendError", "Backends", "SampleBackend"]
