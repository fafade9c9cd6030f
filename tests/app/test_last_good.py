"""What stands in for a control plane: a file of the right Gateway, whole, and not anybody's.

Envoy takes it in tests/wire/test_last_good.py.
"""

import logging
from pathlib import Path

import pytest

from portway.app import last_good
from portway.app.last_good import FILE, LastGood, NothingGoodError
from portway.core import delta
from portway.core.schema import Schema

SNAPSHOT = delta.Snapshot("shop/web", "then", (delta.Resource(delta.CDS, "a", "1", b""),))


def put(folder: Path, data: bytes, mode: int = 0o440) -> Path:
    file = folder / FILE
    file.write_bytes(data)
    file.chmod(mode)
    return file


def test_what_was_kept_is_read(tmp_path: Path) -> None:
    assert last_good.read(put(tmp_path, delta.pack(SNAPSHOT)), "shop/web") == SNAPSHOT


@pytest.mark.parametrize(
    ("data", "mode", "why"),
    [
        (delta.pack(SNAPSHOT), 0o460, "others may write"),
        (delta.pack(SNAPSHOT), 0o442, "others may write"),
        (delta.pack(SNAPSHOT)[:-3], 0o440, "cut off"),
        (b"", 0o440, "does not begin"),
        (delta.pack(delta.Snapshot("shop/other", "then", ())), 0o440, "is of shop/other"),
    ],
)
def test_nothing_else_is_used(tmp_path: Path, data: bytes, mode: int, why: str) -> None:
    with pytest.raises(NothingGoodError, match=why):
        last_good.read(put(tmp_path, data, mode), "shop/web")


def test_that_there_is_none_yet_is_no_mistake(tmp_path: Path) -> None:
    with pytest.raises(NothingGoodError, match="no configuration was kept yet"):
        last_good.read(tmp_path / FILE, "shop/web")
    (tmp_path / FILE).mkdir()
    with pytest.raises(NothingGoodError, match="directory"):
        last_good.read(tmp_path / FILE, "shop/web")


async def test_it_is_served_as_it_is_then(tmp_path: Path, schema: Schema) -> None:
    socket = tmp_path / "run" / "s"
    asked: list[int] = []

    def needed() -> Schema:
        asked.append(1)
        return schema

    made = LastGood(tmp_path, "shop/web", socket, needed)
    with pytest.raises(NothingGoodError):
        await made.connect()
    assert not asked
    for _ in range(2):
        put(tmp_path, delta.pack(SNAPSHOT), 0o600)
        pipe = await made.connect()
        pipe.writer.write(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0")
        assert len(await pipe.reader.readexactly(9)) == 9
        pipe.close()
    await made.close()
    assert not socket.exists()


def test_what_envoy_does_not_take_of_it_is_told(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        last_good._tell(delta.Ack(delta.CDS, {}))
        assert not caplog.records
        last_good._tell(delta.Nack(delta.CDS, {"a": "1"}, (), "no"))
    assert "refused a part" in caplog.text
