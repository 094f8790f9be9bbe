"""Centrale: an open hosted-PBX system on Asterisk."""

__version__ = "0.1.0"
