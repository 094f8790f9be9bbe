"""Asks this container's Centrale whether it is ready; ends with status 0 when it is."""

import os
import sys
from urllib.error import URLError
from urllib.request import urlopen

PORT = os.environ.get("CENTRALE_HTTP_PORT", "8080")

try:
    with urlopen(f"http://127.0.0.1:{PORT}/readyz", timeout=4):
        sys.exit(0)
except URLError as error:
    sys.exit(f"not ready: {error}")
