"""What proxies do, as messages."""

from portway.adapters.admin.metrics import Metrics
from portway.app.data_plane import told
from portway.app.turn import Answered, Complete, Connected, Disconnected, Message
from portway.core import delta


def test_everything_a_proxy_does_is_a_message_of_its_stream() -> None:
    posted: list[Message] = []
    answered: list[int] = []
    events = told(posted.append, Metrics(), lambda: answered.append(len(posted)))
    ack = delta.Ack(delta.LDS, {"a": "1"})
    events.opened(7, "shop/web", "node")
    events.outcome(7, ack)
    events.complete(7)
    events.closed(7)
    assert posted == [Connected(7, "shop/web"), Answered(ack, 7), Complete(7), Disconnected(7)]
    # The message is there already when somebody looks because of it.
    assert answered == [2]
