"""Sounds as files: whatever people bring becomes what Asterisk plays."""
