"""A local Kubernetes-style API: one store, the semantics clients rely on, HTTP with TLS.

``store`` knows objects and has no HTTP; ``kinds`` knows which kinds are served and their schemas;
``http`` knows paths, media types and sockets. It is a local API, not a cluster: nothing here runs
containers, admits by webhook or knows users. Must not know routing: what is written goes to the
core as events, like the objects of a folder.
"""
