"""The local admin endpoint: health, metrics, statuses, and what the command line asks.

Knows HTTP on a unix socket, metrics, logs and what may be shown. Must not know routing: everything
it shows comes from a view that is handed in, and everything it shows is redacted first.
"""
