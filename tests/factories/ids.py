"""Ids that tests send."""

NOBODY = "00000000-0000-7000-8000-000000000000"
"""The id of something that is not there, of the right shape (a UUID of version 7, RFC 9562)."""
