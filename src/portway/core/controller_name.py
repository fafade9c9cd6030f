"""Who we are among the controllers of a cluster: what a GatewayClass names that is ours.

Imports nothing: the command line reads it at every start.
"""

CONTROLLER = "portway.dev/gateway-controller"
