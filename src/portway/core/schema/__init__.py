"""Envoy's protobuf schema as a value: JSON-form dicts to bytes, bytes to dicts, Envoy's own rules.

Knows the wire format and the descriptors it was given as bytes; says of any value which of the
schema's own validation rules it breaks. Must not know where the descriptors come from, what a
listener or a route is for, or that a proxy is running.
"""

from portway.core.schema.problem import SchemaError, Violation
from portway.core.schema.schema import Schema

__all__ = ["Schema", "SchemaError", "Violation"]
