"""The files of a descriptor set, found by name or by what they define.

Knows where a symbol is defined. Must not know what anything means. An Envoy has more than five
hundred files and a gateway uses some eighty of them, so a pool asks here for those it needs.
"""

from google.protobuf import descriptor_pb2, descriptor_pool
from google.protobuf.message import DecodeError

from portway.core.schema.problem import SchemaError


class Files:
    """A descriptor database, in the sense of `descriptor_pool.DescriptorPool`."""

    def __init__(self, descriptor_set: bytes) -> None:
        """Raises SchemaError: the bytes are no descriptor set, or an import is missing in it."""
        try:
            files = descriptor_pb2.FileDescriptorSet.FromString(descriptor_set).file
        except DecodeError as error:
            raise _unusable(str(error)) from None
        self._bodies = {file.name: file.SerializeToString() for file in files}
        self._places: dict[str, str] = {}
        for file in files:
            for name in file.dependency:
                if name not in self._bodies:
                    raise _unusable(f"{file.name} imports {name}, which is not there")
            defined = (file.message_type, file.enum_type, file.service, file.extension)
            for name in (each.name for kind in defined for each in kind):
                self._places[f"{file.package}.{name}".lstrip(".")] = file.name

    def pool(self) -> descriptor_pool.DescriptorPool:
        """A pool of its own that loads a file when something in it is asked for."""
        return descriptor_pool.DescriptorPool(self)

    def FindFileByName(self, name: str) -> descriptor_pb2.FileDescriptorProto:  # noqa: N802
        """Raises KeyError."""
        return descriptor_pb2.FileDescriptorProto.FromString(self._bodies[name])

    def FindFileContainingSymbol(  # noqa: N802
        self, symbol: str
    ) -> descriptor_pb2.FileDescriptorProto:
        """The file of a message, enum or extension, or of what it is nested in. Raises KeyError."""
        outer = symbol
        while outer not in self._places:
            outer, dot, _ = outer.rpartition(".")
            if not dot:
                raise KeyError(symbol)
        return self.FindFileByName(self._places[outer])


def _unusable(why: str) -> SchemaError:
    return SchemaError("", f"not a usable descriptor set: {why}")
