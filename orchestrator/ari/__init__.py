"""The seam to Asterisk: a typed ARI client, its WebSocket transport, and a fake that behaves."""
