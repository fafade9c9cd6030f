"""The schema: one descriptor pool, and what can be asked of it.

Knows a serialized FileDescriptorSet and builds its own pool from it, so that two versions of
Envoy's messages, or another package's, never meet. Must not know where the bytes come from or
what any message is for.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from google.protobuf import message_factory
from google.protobuf.descriptor import Descriptor
from google.protobuf.message import Message

from portway.core.schema.decode import json_form, parse
from portway.core.schema.encode import Encoder
from portway.core.schema.files import Files
from portway.core.schema.problem import Fault, SchemaError, Violation
from portway.core.schema.violations import Rules

_TOO_DEEP = "nested too deeply"


class Schema:
    """Envoy's messages, from a serialized FileDescriptorSet with dependencies first."""

    def __init__(self, descriptor_set: bytes) -> None:
        """Reads the set; what is in it is built when it is asked for.

        Raises:
            SchemaError: the bytes are no descriptor set, or an import is missing in it.
        """
        self._pool = Files(descriptor_set).pool()
        self._classes: dict[str, type[Message]] = {}
        self._encoder = Encoder(self._descriptor)
        self._rules = Rules(self._pool, self.message_class)

    def encode(self, type_name: str, value: Mapping[str, Any]) -> bytes:
        """Protobuf bytes of a JSON-form value; equal values give equal bytes.

        Args:
            type_name: full message name, such as `envoy.config.route.v3.RouteConfiguration`.
            value: proto field names, enums as names, durations as `"1.5s"`, wrappers as plain
                scalars, Any as `{"@type": URL, ...}`, bytes as base64 or bytes. None means unset.

        Raises:
            SchemaError: unknown message or field, wrong type, number out of range, two members of
                one oneof.
        """
        try:
            return self._encoder.body(type_name)(value)
        except Fault as fault:
            raise fault.error() from None
        except RecursionError:
            raise SchemaError("", _TOO_DEEP) from None

    def decode(self, type_name: str, body: bytes) -> dict[str, Any]:
        """The JSON form of serialized bytes: Any unpacked, bytes as base64, unset fields absent.

        Raises:
            SchemaError: unknown message, or bytes that are not one.
        """
        try:
            form: dict[str, Any] = json_form(
                self.message_class, parse(self.message_class, type_name, body)
            )
        except Fault as fault:
            raise fault.error() from None
        except RecursionError:
            raise SchemaError("", _TOO_DEEP) from None
        return form

    def violations(self, type_name: str, value: Mapping[str, Any] | bytes) -> tuple[Violation, ...]:
        """Which of the schema's own rules the value breaks, also inside Any payloads.

        A value that cannot be encoded at all gives one violation of rule `type`. Fields that are
        deprecated or disallowed by default are reported with those words as rule.
        """
        try:
            body = value if isinstance(value, bytes) else self.encode(type_name, value)
            return self._rules.broken(parse(self.message_class, type_name, body))
        except Fault as fault:
            error = fault.error()
        except SchemaError as raised:
            error = raised
        except RecursionError:
            error = SchemaError("", _TOO_DEEP)
        return (Violation(error.path, "type", error.message),)

    def message_class(self, type_name: str) -> type[Message]:
        """The upb class of a message; KeyError when the schema has none of that name."""
        found = self._classes.get(type_name)
        if found is None:
            found = message_factory.GetMessageClass(self._descriptor(type_name))
            self._classes[type_name] = found
        return found

    def _descriptor(self, type_name: str) -> Descriptor:
        return self._pool.FindMessageTypeByName(type_name)
