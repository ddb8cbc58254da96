"""AS2 (RFC 4130): a file signed and encrypted over HTTP, answered by a signed receipt (MDN).

Bytes in, bytes out: nothing here reads a table or a setting.
"""
