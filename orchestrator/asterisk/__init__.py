"""The Asterisk node: its programs, its rendered configuration, its process, what ARI lacks."""
