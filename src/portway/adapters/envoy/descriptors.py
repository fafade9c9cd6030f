"""Envoy's protobuf schema, read out of the Envoy executable itself.

Knows how a C++ protobuf binary carries its schema: every generated file registers its own
serialized FileDescriptorProto, a plain byte string in the read-only data that begins with field 1
(the file's name). Scanning for those strings gives the schema of exactly the proxy that will be
started, so schema and data plane can never disagree.

Must not know what any message means: the bytes go to `portway.core.schema` unread.

The scan costs a quarter of a second, so its result is cached. A cache entry is named by the
distribution version and a fingerprint of the executable: its size, its modification time in
nanoseconds, and the SHA-256 of its first and last 256 KiB. The head holds the ELF headers and the
build id, which Envoy's build sets to the source revision; the tail holds the section table, whose
offsets move with relinked code. Hashing all 107 MB would cost 0.1 s of CPU at every start to catch
only an in-place edit that keeps size, time, head and tail. An entry carries the SHA-256 of its own
content: a damaged one is noticed and rebuilt.
"""

from __future__ import annotations

import hashlib
import mmap
import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

from google.protobuf import descriptor_pb2
from google.protobuf.message import DecodeError

from portway.adapters.envoy.binary import Binary

_EDGE_BYTES = 256 * 1024
_MAGIC = b"portway-descriptors-1\n"
_DIGEST_BYTES = 32
_LONGEST_NAME = 200
# A file name ends in ".proto" and is followed by the tag of `package`, `dependency`, a message,
# an enum, a service, an extension, the options or the syntax.
_NAME_END = re.compile(rb"\.proto(?=[\x12\x1a\x22\x2a\x32\x3a\x42\x62])")
_NAME = re.compile(rb"[A-Za-z0-9_][A-Za-z0-9_./-]*\.proto")
# FileDescriptorProto fields: public_dependency, weak_dependency and edition are varints, the rest
# of the fields is length-delimited.
_VARINT_FIELDS = frozenset({10, 11, 14})
_BYTES_FIELDS = frozenset({1, 2, 3, 4, 5, 6, 7, 8, 12, 15})


class DescriptorError(Exception):
    """The executable does not carry a usable schema. The message names the file and the cure."""


def load(binary: Binary, cache_dir: Path | None = None) -> bytes:
    """The serialized FileDescriptorSet of `binary`, dependencies before dependents.

    Args:
        binary: the located executable.
        cache_dir: folder for the cache entry; None means `$XDG_CACHE_HOME/portway`, or
            `~/.cache/portway`. A folder that cannot be written costs the scan, not the start.

    Raises:
        DescriptorError: the executable carries no schema, or one with a missing dependency.
        OSError: the executable cannot be read.
    """
    folder = default_cache_dir() if cache_dir is None else cache_dir
    entry = folder / f"envoy-{binary.version}-{fingerprint(binary.path)}.descriptors"
    cached = _read_entry(entry)
    if cached is not None:
        return cached
    descriptor_set = scan(binary.path)
    _write_entry(entry, descriptor_set)
    return descriptor_set


def default_cache_dir() -> Path:
    """`$XDG_CACHE_HOME/portway`, or `~/.cache/portway` where the variable is unset or relative."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    root = Path(base) if base.startswith("/") else Path.home() / ".cache"
    return root / "portway"


def fingerprint(executable: Path) -> str:
    """32 hexadecimal digits that change whenever the executable was rebuilt or replaced."""
    with executable.open("rb") as file:
        stat = os.fstat(file.fileno())
        digest = hashlib.sha256(f"{stat.st_size}:{stat.st_mtime_ns}:".encode())
        digest.update(file.read(_EDGE_BYTES))
        file.seek(max(0, stat.st_size - _EDGE_BYTES))
        digest.update(file.read(_EDGE_BYTES))
    return digest.hexdigest()[:32]


def scan(executable: Path) -> bytes:
    """Reads every embedded file descriptor; returns a FileDescriptorSet in dependency order.

    Raises:
        DescriptorError: nothing found, or a file imports one the executable does not carry.
    """
    found: dict[str, bytes] = {}
    with (
        executable.open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data,
    ):
        for start, name in _candidates(data):
            if name not in found:
                body = bytes(data[start : _message_end(data, start)])
                if _imports(name, body) is not None:
                    found[name] = body
    if not found:
        raise DescriptorError(
            f"{executable}: no protobuf schema found inside; it is not an Envoy executable, or one "
            "built against the lite protobuf runtime. Give a regular Envoy build with --envoy."
        )
    return _in_dependency_order(executable, found)


def _candidates(data: mmap.mmap) -> Iterator[tuple[int, str]]:
    """Offsets that read like `0a <length> <name>.proto`, with the name."""
    for match in _NAME_END.finditer(data):
        end = match.end()
        window = data[max(0, end - _LONGEST_NAME) : end]
        # The nearest "0a <length>" whose length reaches exactly to the end of the name. A name of
        # 128 bytes or more has a two-byte length; Envoy's longest name has fewer than 128.
        at = window.rfind(b"\n")
        while at >= 0:
            length = len(window) - at - 2
            if length > 0 and window[at + 1] == length and _NAME.fullmatch(window, at + 2):
                yield end - len(window) + at, window[at + 2 :].decode()
                break
            at = window.rfind(b"\n", 0, at)


def _message_end(data: mmap.mmap, start: int) -> int:
    """Where the FileDescriptorProto that begins at `start` stops.

    The serializer writes fields in ascending number order, so the message ends at the first tag
    that is no field of FileDescriptorProto or goes back to a smaller number (padding, or the next
    descriptor's name).
    """
    position, last = start, 0
    while position < len(data):
        tag, after = _varint(data, position)
        number, kind = tag >> 3, tag & 7
        if number < last or (number == last == 1):
            return position
        if kind == 2 and number in _BYTES_FIELDS:
            length, after = _varint(data, after)
            after += length
        elif kind == 0 and number in _VARINT_FIELDS:
            _, after = _varint(data, after)
        else:
            return position
        if after > len(data):
            return position
        position, last = after, number
    return position


def _varint(data: mmap.mmap | bytes, position: int) -> tuple[int, int]:
    """A varint of at most five bytes and the offset after it; (0, position) where there is none."""
    value = 0
    for index in range(5):
        if position + index >= len(data):
            break
        byte = data[position + index]
        value |= (byte & 0x7F) << (7 * index)
        if byte < 0x80:
            return value, position + index + 1
    return 0, position


def _imports(name: str, body: bytes) -> list[str] | None:
    """The files `body` imports, or None when it is no FileDescriptorProto called `name`."""
    try:
        file = descriptor_pb2.FileDescriptorProto.FromString(body)
    except DecodeError:
        return None
    return list(file.dependency) if file.name == name else None


def _in_dependency_order(executable: Path, found: dict[str, bytes]) -> bytes:
    """A serialized FileDescriptorSet, every file after the files it imports, otherwise by name."""
    pieces: list[bytes] = []
    done: set[str] = set()
    for root in sorted(found):
        stack = [root]
        while stack:
            name = stack[-1]
            if name in done:
                stack.pop()
                continue
            missing = [each for each in _imports(name, found[name]) or () if each not in done]
            absent = [each for each in missing if each not in found]
            if absent:
                raise DescriptorError(
                    f"{executable}: its schema file {name} imports {absent[0]}, which it does not "
                    "carry. Use an unmodified Envoy build, or the one installed with Portway."
                )
            if missing:
                stack.extend(missing)
                continue
            stack.pop()
            done.add(name)
            pieces.append(_length_delimited(found[name]))
    return b"".join(pieces)


def _length_delimited(body: bytes) -> bytes:
    """Field 1 of FileDescriptorSet: tag, length, bytes."""
    head = bytearray(b"\x0a")
    length = len(body)
    while length >= 0x80:
        head.append(length & 0x7F | 0x80)
        length >>= 7
    head.append(length)
    return bytes(head) + body


def _read_entry(entry: Path) -> bytes | None:
    """The cached schema, or None when there is none or its digest does not match its content."""
    try:
        content = entry.read_bytes()
    except OSError:
        return None
    head = len(_MAGIC) + _DIGEST_BYTES
    if not content.startswith(_MAGIC) or len(content) <= head:
        return None
    body = content[head:]
    return body if hashlib.sha256(body).digest() == content[len(_MAGIC) : head] else None


def _write_entry(entry: Path, body: bytes) -> None:
    """Writes the entry whole or not at all, so that two starts at once never see half a file."""
    temporary: str | None = None
    try:
        entry.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=entry.parent, prefix=entry.name)
        with os.fdopen(handle, "wb") as file:
            file.write(_MAGIC + hashlib.sha256(body).digest() + body)
        os.replace(temporary, entry)
    except OSError:
        # A read-only home is no reason not to start: the next start scans again.
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)
