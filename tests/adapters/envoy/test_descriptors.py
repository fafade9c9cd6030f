"""The schema inside the executable, and its cache."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from google.protobuf import descriptor_pb2, descriptor_pool

from portway.adapters.envoy import descriptors
from portway.adapters.envoy.binary import Binary
from portway.adapters.envoy.descriptors import DescriptorError, fingerprint, load, scan


@pytest.fixture(scope="module")
def found(envoy: Binary) -> descriptor_pb2.FileDescriptorSet:
    return descriptor_pb2.FileDescriptorSet.FromString(scan(envoy.path))


def test_every_file_comes_after_what_it_imports(found: descriptor_pb2.FileDescriptorSet) -> None:
    seen: set[str] = set()
    for file in found.file:
        assert seen.issuperset(file.dependency), file.name
        seen.add(file.name)
    assert len(seen) == len(found.file)


def test_the_pool_takes_all_of_it(found: descriptor_pb2.FileDescriptorSet) -> None:
    pool = descriptor_pool.DescriptorPool()
    for file in found.file:
        pool.Add(file)
    assert len([file for file in found.file if file.name.startswith("envoy/")]) == 471
    override_host = pool.FindMessageTypeByName(
        "envoy.extensions.load_balancing_policies.override_host.v3.OverrideHost"
    )
    assert "selected_host_key" in override_host.fields_by_name
    assert pool.FindExtensionByName("validate.rules").number == 1071


def _file(name: str, *imports: str, messages: int = 1) -> bytes:
    file = descriptor_pb2.FileDescriptorProto(name=name, package="p", syntax="proto3")
    file.dependency.extend(imports)
    for index in range(messages):
        file.message_type.add(name=f"M{name[0]}{index}")
    return file.SerializeToString()


def test_descriptors_are_found_between_other_bytes(tmp_path: Path) -> None:
    binary = tmp_path / "binary"
    pieces = [_file("b.proto", "a.proto"), _file("a.proto", messages=40), _file("c.proto")]
    noise = b"\x7fELF\n\x09x.proto\x12 see a.proto\x12\x00\n"
    binary.write_bytes(noise + pieces[0] + pieces[1] + b"\0\0" + pieces[2] + noise)
    files = descriptor_pb2.FileDescriptorSet.FromString(scan(binary)).file
    assert [file.name for file in files] == ["a.proto", "b.proto", "c.proto"]
    assert [file.SerializeToString() for file in files] == [pieces[1], pieces[0], pieces[2]]


def test_a_missing_import_is_named(tmp_path: Path) -> None:
    binary = tmp_path / "binary"
    binary.write_bytes(_file("b.proto", "a.proto") + b"\0")
    with pytest.raises(DescriptorError, match=r"b\.proto imports a\.proto"):
        scan(binary)


def test_an_executable_without_schema_is_refused(tmp_path: Path) -> None:
    binary = tmp_path / "binary"
    binary.write_bytes(b"\x7fELF nothing here")
    with pytest.raises(DescriptorError, match="no protobuf schema"):
        scan(binary)


@pytest.fixture
def small(tmp_path: Path) -> Binary:
    path = tmp_path / "envoy"
    path.write_bytes(_file("a.proto") + b"\0")
    return Binary(path, "9.9.9")


def test_the_second_load_reads_the_cache(
    small: Binary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = load(small, tmp_path / "cache")

    def never(_: Path) -> bytes:
        raise AssertionError("scanned although it was cached")

    monkeypatch.setattr(descriptors, "scan", never)
    assert load(small, tmp_path / "cache") == first
    assert len(list((tmp_path / "cache").iterdir())) == 1


@pytest.mark.parametrize("damage", [b"", b"x", b"portway-descriptors-1\n"])
def test_a_damaged_entry_is_rebuilt(small: Binary, tmp_path: Path, damage: bytes) -> None:
    cache = tmp_path / "cache"
    first = load(small, cache)
    (entry,) = cache.iterdir()
    whole = entry.read_bytes()
    entry.write_bytes(damage)
    assert load(small, cache) == first
    entry.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    assert load(small, cache) == first
    assert entry.read_bytes() == whole


def test_another_executable_has_another_entry(small: Binary, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    first = load(small, cache)
    time = small.path.stat().st_mtime_ns
    small.path.write_bytes(_file("z.proto") + b"\0")
    os.utime(small.path, ns=(time, time))
    assert load(small, cache) != first
    assert len(list(cache.iterdir())) == 2


def test_a_touched_executable_has_another_fingerprint(small: Binary) -> None:
    before = fingerprint(small.path)
    os.utime(small.path, ns=(1, 1))
    assert fingerprint(small.path) != before


def test_an_unwritable_cache_costs_only_time(small: Binary, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    assert load(small, blocked / "cache") == scan(small.path)


def test_the_default_folder_follows_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere")
    assert descriptors.default_cache_dir() == Path("/somewhere/portway")
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert descriptors.default_cache_dir() == Path.home() / ".cache/portway"
