"""Keys of channels: made or brought for our side, taken from the receiver, ended with a reason."""

from datetime import timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)
from cryptography.x509.oid import NameOID
from django.utils.translation import gettext as _

from followup.core import clock as time
from followup.core.action import action, part
from followup.core.actor import Actor
from followup.core.limits import within
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.core.security import rotations, secrets
from pv.adapters.as2.signatures import PrivateKey, fingerprint
from pv.models import Channel, ChannelCertificate
from pv.queries import channel_certificates as queries
from pv.queries import rules
from pv.queries.channels import DOCUMENT

_BITS = 3072  # BSI TR-02102-1, NIST SP 800-57: enough beyond 2030
_LEAST_BITS = 2048
MOST_BYTES = 100_000
Side = ChannelCertificate.Side


@action("channel_certificate.make", needs=Perm.EXCHANGE_WRITE)
def make(actor: Actor, channel: Channel) -> ChannelCertificate:
    """Make a key and a certificate that signs itself, for the time reference data says."""
    now = time.now()
    key = rsa.generate_private_key(public_exponent=65537, key_size=_BITS)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, channel.settings["as2_from"][:64])])
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=True,
        key_encipherment=True,
        data_encipherment=True,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=rules.data(DOCUMENT)["own_certificate_days"]))
        .add_extension(usage, critical=True)
        .sign(key, hashes.SHA256())
    )
    return _keep(actor, channel, Side.OURS, certificate, key)


@action("channel_certificate.bring", needs=Perm.EXCHANGE_WRITE)
def bring(actor: Actor, channel: Channel, *, data: bytes, password: str) -> ChannelCertificate:
    """Take a key of ours with its certificate from a PKCS #12 file; Refused at its field."""
    try:
        key, certificate, _others = pkcs12.load_key_and_certificates(
            data[:MOST_BYTES], password.encode() or None
        )
    except ValueError:
        message = _("This is no PKCS #12 file (.p12, .pfx), or its password is another one.")
        raise Refused({"own_file": message}) from None
    if key is None or certificate is None:
        raise Refused({"own_file": _("The file holds no key with its certificate.")})
    if not isinstance(key, rsa.RSAPrivateKey):
        raise Refused({"own_file": _("The key must be an RSA key: files are encrypted for it.")})
    return _keep(actor, channel, Side.OURS, certificate, key)


@action("channel_certificate.take", needs=Perm.EXCHANGE_WRITE)
def take(actor: Actor, channel: Channel, *, data: bytes) -> ChannelCertificate:
    """Take a certificate of the receiver, PEM or DER; Refused at its field."""
    data = data[:MOST_BYTES]
    read = x509.load_pem_x509_certificate
    if b"-----BEGIN" not in data:
        read = x509.load_der_x509_certificate
    try:
        certificate = read(data)
    except ValueError:
        raise Refused({"certificate": _("This is no certificate (PEM or DER).")}) from None
    return _keep(actor, channel, Side.THEIRS, certificate, None)


@part
def _keep(
    actor: Actor,
    channel: Channel,
    side: str,
    certificate: x509.Certificate,
    key: PrivateKey | None,
) -> ChannelCertificate:
    field = "certificate" if key is None else "own_file"
    _check(channel, side, certificate, field)
    row = ChannelCertificate(
        channel=channel,
        side=side,
        subject=certificate.subject.rfc4514_string()[:300],
        fingerprint=fingerprint(certificate),
        valid_from=certificate.not_valid_before_utc,
        valid_to=certificate.not_valid_after_utc,
        content=certificate.public_bytes(Encoding.DER),
        added_at=time.now(),
        added_by_id=actor.id,
    )
    if key is not None:
        plain = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        row.key_sealed = secrets.encrypt_bytes(plain, queries.place(row))
    row.save(force_insert=True)
    return row


def _check(channel: Channel, side: str, certificate: x509.Certificate, field: str) -> None:
    public = certificate.public_key()
    if certificate.not_valid_after_utc <= time.now():
        raise Refused({field: _("This certificate has ended.")})
    weak = isinstance(public, rsa.RSAPublicKey) and public.key_size < _LEAST_BITS
    if weak or not isinstance(public, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
        message = _("The key must be RSA of at least %(bits)d bits, or of an elliptic curve.")
        raise Refused({field: message % {"bits": _LEAST_BITS}})
    rows = ChannelCertificate.objects.filter(channel=channel, fingerprint=fingerprint(certificate))
    if rows.filter(side=side).exists():
        raise Refused({field: _("This certificate is on the channel already.")})
    if rows.exists():
        raise Refused({field: _("This certificate is the other side's.")})


@action("channel_certificate.end", needs=Perm.EXCHANGE_WRITE)
def end(actor: Actor, certificate: ChannelCertificate, *, reason: str) -> ChannelCertificate:
    """Sign and encrypt with it no more; what it made before still opens."""
    row = ChannelCertificate.objects.select_for_update().get(id=certificate.id)
    if row.ended_at is not None:
        raise Refused(_("This certificate was ended before."))
    if not reason.strip():
        raise Refused({"reason": _("Say why.")})
    row.ended_at, row.reason = time.now(), within(reason, 500)
    row.save()
    return row


@action("channel_certificate.rotate_keys", needs=Perm.SYSTEM)
def rotate_keys(actor: Actor) -> rotations.Rotated:
    """Seal private keys again under the newest identity key; what cannot be read is named."""
    rows = ChannelCertificate.objects.select_for_update().filter(side=Side.OURS).order_by("id")
    return rotations.column(rows, "key_sealed", queries.place)
