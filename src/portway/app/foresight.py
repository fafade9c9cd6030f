"""What pickers would say to a request that is only talked about.

Composition only: the pools of an explanation, and for each a picker that tells, if one is known. A
picker that does not tell leaves its reason in place of a pick.
"""

from collections.abc import Callable

from portway.app.picker.question import NoAnswer, Question, ask
from portway.core.explain import Explanation, Request, asked_of
from portway.core.pick import Told


def picks(
    explanation: Explanation, request: Request, address_of: Callable[[str], str]
) -> dict[str, Told]:
    """By pool (`InferencePool NAMESPACE/NAME`). ``address_of`` a pool: HOST:PORT where its picker
    tells, empty where none does. Takes as long as pickers take to answer."""
    found = {}
    for pool, shown in asked_of(explanation):
        address = address_of(pool)
        if address:
            body = request.body or b""
            headers = {":method": request.method, ":path": request.path, **dict(request.headers)}
            question = Question(pool.partition(" ")[2], headers, body[:shown] if shown else body)
            found[pool] = _told(address, question)
    return found


def _told(address: str, question: Question) -> Told:
    try:
        return ask(address, question)
    except NoAnswer as error:
        return Told(str(error))
