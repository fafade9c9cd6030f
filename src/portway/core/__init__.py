"""The core: resources in, Envoy resources and statuses out, as one pure function.

Nothing below this package awaits, reads a clock, logs, opens a socket, reads the environment or
draws a random number. What it needs of the world comes in as values; what it wants of the world
goes out as values. `wiring` joins the parts on one page.

    api        Kubernetes objects as frozen values     model      what they mean, without Kubernetes
    graph      incremental collections                 delta      the delta xDS protocol, sans-I/O
    schema     Envoy's protobuf schema                 filters    one file per HTTPRoute filter
    translate  api -> model and findings               render     model -> Envoy resources
    status     findings -> conditions                  explain    where a request goes, and why
"""
