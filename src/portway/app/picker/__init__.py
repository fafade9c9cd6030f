"""`portway picker`: an endpoint picker as a process of its own.

Composition only: where pools come from, who decides (`portway.core.pick`), who asks engines for
their numbers, and who answers gateways.
"""
