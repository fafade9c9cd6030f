"""Model servers, asked for their numbers.

Knows HTTP and how often to ask. Must not know what the numbers mean, nor what is done with them.
"""
