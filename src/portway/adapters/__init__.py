"""Adapters: everything that awaits. Sockets, files, child processes, clocks, logs, metrics.

An adapter turns the outside world into values for the core and values from the core into effects.
Adapters never import each other; `portway.app` joins them.
"""
