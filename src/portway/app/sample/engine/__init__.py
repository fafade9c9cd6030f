"""A simulated model server: the time, the cache and the metrics of vLLM, without a model.

Knows what decides how long a request takes on one: a queue, one prefill at a time at so many tokens
a second, slots that decode, and a cache of prompt blocks that forgets what was used longest ago.
Routing for models can be tried and measured with it on a machine without a GPU. Must not know
Gateways, pools or pickers: what it shows of their effect must not be of its own making.

    python -m portway.app.sample.engine --port 8000 --model sample
"""

from portway.app.sample.engine.profile import Profile

__all__ = ["Profile"]
