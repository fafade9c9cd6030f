"""How well requests for models are routed: workloads, policies in simulated time, and real arms.

`model` runs a policy over modelled engines without a process or a clock, in seconds and with the
same result every time. `python -m bench.inference` sends the same workloads through a real Envoy to
simulated engines.
"""
