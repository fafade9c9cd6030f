"""Options of writes."""

from portway.adapters.apiserver.store.options import DeleteOptions, Page, WriteOptions


def test_warnings_are_each_writes_own() -> None:
    WriteOptions(api_version="v1").warnings.append("x")
    assert WriteOptions(api_version="v1").warnings == []


def test_defaults_are_the_servers() -> None:
    assert WriteOptions(api_version="v1").validation == "Warn"
    assert DeleteOptions().propagation == "Background"
    assert Page().limit == 0
