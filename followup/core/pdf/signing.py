"""PAdES signatures: a PDF signed with the certificate of the installation, with a stamp if wanted.

Any reader of PDF verifies it without us. The certificate says which installation printed it; who
approved it is in the electronic signatures of the record, printed inside.
"""

import io
import logging
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils.translation import gettext as _

from followup.core.outgoing import transport
from followup.core.problems import Refused
from followup.lazy_modules import lazy

if TYPE_CHECKING:
    from asn1crypto import tsp
    from pyhanko.pdf_utils import incremental_writer
    from pyhanko.sign import fields, signers, timestamps
else:  # a second of imports, for the few requests that sign
    tsp = lazy("asn1crypto.tsp")
    incremental_writer = lazy("pyhanko.pdf_utils.incremental_writer")
    fields = lazy("pyhanko.sign.fields")
    signers = lazy("pyhanko.sign.signers")
    timestamps = lazy("pyhanko.sign.timestamps")

logger = logging.getLogger("everwatch.documents")
FIELD = "Everwatch"
PATIENCE = 10  # seconds


class NotSigned(Refused):
    """The certificate or the time-stamp service is not to be had; `reason` is for the log."""

    def __init__(self, reason: str) -> None:
        logger.error("document not signed", extra={"error": reason})
        text = _("The document could not be signed: its certificate or time-stamp service is away.")
        super().__init__(text, code="not_signed")


def is_possible() -> bool:
    """Whether the installation has a certificate to sign with (PDF_SIGNING_FILE)."""
    return bool(settings.PDF_SIGNING_FILE)


def _signer() -> "signers.SimpleSigner":
    passphrase = settings.PDF_SIGNING_PASSPHRASE.encode()
    load: Any = signers.SimpleSigner.load_pkcs12  # pyHanko leaves it without types
    found: signers.SimpleSigner | None = load(settings.PDF_SIGNING_FILE, passphrase=passphrase)
    if found is None:
        raise NotSigned("PDF_SIGNING_FILE cannot be read with PDF_SIGNING_PASSPHRASE")
    return found


def _stamped(question: "tsp.TimeStampReq") -> "tsp.TimeStampResp":
    answer = transport.stamp(settings.PDF_STAMP_URL, question.dump(), seconds=PATIENCE)
    return tsp.TimeStampResp.load(answer)


def _stamper() -> "timestamps.TimeStamper | None":
    if not settings.PDF_STAMP_URL:
        return None

    class Stamper(timestamps.TimeStamper):
        """The time-stamp service of the settings."""

        async def async_request_tsa_response(self, req: "tsp.TimeStampReq") -> "tsp.TimeStampResp":
            """The service's answer; a PDF is signed in a thread of its own request."""
            return _stamped(req)

    made: Any = Stamper
    stamper: timestamps.TimeStamper = made()
    return stamper


def signed(content: bytes, *, reason: str) -> bytes:
    """The PDF with a PAdES signature behind its last byte; what was there stays byte for byte.

    NotSigned when the certificate or the time-stamp service is not to be had: a document that was
    asked for signed never leaves unsigned.
    """
    metadata = signers.PdfSignatureMetadata(
        field_name=FIELD,
        md_algorithm="sha256",
        subfilter=fields.SigSeedSubFilter.PADES,
        reason=reason,
    )
    try:
        # pyHanko begins an event loop: in a thread of its own none can run already.
        with ThreadPoolExecutor(1) as apart:
            made = apart.submit(
                signers.sign_pdf,
                incremental_writer.IncrementalPdfFileWriter(io.BytesIO(content)),
                metadata,
                signer=_signer(),
                timestamper=_stamper(),
            ).result()
    except (OSError, ValueError, timestamps.TimestampRequestError) as error:
        raise NotSigned(f"not signed: {type(error).__name__}") from error
    return bytes(made.getvalue())
