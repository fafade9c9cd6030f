"""The client's mistake, said to the client.

Knows a status and a sentence. Must not know how the answer is written.
"""


class RequestError(Exception):
    """A request the sample cannot answer; `status` is a 4xx code."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
