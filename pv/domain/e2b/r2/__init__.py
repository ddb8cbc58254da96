"""E2B(R2), which partners still send: read one way into an E2B(R3) message, never written.

Source: ICH ICSR DTD 2.1 and ICH E2B(R3) IG, backward and forward compatibility; from memory, high
confidence.
"""

from pv.domain.e2b.r2.reader import messages_of_r2

__all__ = ["messages_of_r2"]
