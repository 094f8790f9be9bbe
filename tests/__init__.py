"""The test suite: unit, contract, real Asterisk with real phones, browser, load."""
