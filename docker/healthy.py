"""Health check of the web container: /health answers as it would behind the proxy."""

import os
import sys
import urllib.request

REQUEST = urllib.request.Request(
    f"http://127.0.0.1:{os.environ.get('PORT', '8000')}/health",
    headers={
        "Host": os.environ["ALLOWED_HOSTS"].split(",")[0].strip(),
        "X-Forwarded-Proto": "https",
    },
)

with urllib.request.urlopen(REQUEST, timeout=5) as answer:
    sys.exit(answer.status != 200)
