"""The Endpoint Picker Protocol, as a server (Inference Extension, proposal 004, version 1).

Knows Envoy's `envoy.service.ext_proc.v3` over gRPC: what a gateway tells of a request, and what it
may be answered. Must not know how an endpoint is chosen: whoever serves gives a `Desk`.

grpcio does gRPC here, while h2 does it for Envoy's configuration (decision 0020): a picker is asked
on every request, and at that rate grpcio's threads never sleep and its C core is several times as
fast.
"""
