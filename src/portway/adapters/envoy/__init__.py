"""Everything about the Envoy process: which executable, its schema, its start, its end.

Knows files, processes and Envoy's admin interface. Must not know what the proxy serves.
"""
