"""Portway: a Kubernetes Gateway API implementation, with and without a cluster."""

__version__ = "0.1.0"
