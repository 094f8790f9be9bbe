"""Real SIP phones for tests: SIPp for exact signalling and load, baresip where audio matters."""
