"""A cluster as a source of resources: what its API server has, kept up to date.

`access` says where a server is and as whom we come, `client` asks it, `reflector` holds one list
equal to the server's, `discovery` finds out which kinds there are, `source` runs one reflector for
each and tells on what changes. Must not know what a resource means.
"""
