"""Measurements on this machine, with real Asterisk and SIPp at both ends: `make bench`."""
