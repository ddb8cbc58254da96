"""What an administrator enters of a channel: common to all kinds, then what its kind needs."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy, pgettext_lazy

from followup.core.forms import Form
from pv.adapters.as2.carrier import LATER
from pv.domain.e2b.channels import ChannelKind, Environment

KINDS = {
    ChannelKind.FOLDER: pgettext_lazy("channel kind", "Folder"),
    ChannelKind.AS2: pgettext_lazy("channel kind", "AS2"),
    ChannelKind.SFTP: pgettext_lazy("channel kind", "SFTP"),
    ChannelKind.FDA: pgettext_lazy("channel kind", "FDA ESG NextGen"),
}
ENVIRONMENTS = {
    Environment.TEST: pgettext_lazy("channel environment", "Test"),
    Environment.PRODUCTION: pgettext_lazy("channel environment", "Production"),
}


def _partner() -> forms.CharField:
    text = gettext_lazy("Only where partners have the receiver: the code of the agreement.")
    label = gettext_lazy("Short code of the partner")
    return forms.CharField(label=label, help_text=text, max_length=12, required=False)


class NewForm(Form):
    """A new channel; where it leads to is said once and never changed."""

    purpose: str | Promise = ""

    name = forms.CharField(label=gettext_lazy("Name of the channel"), max_length=80)
    profile = forms.ChoiceField(label=pgettext_lazy("icsr", "Receiver"))
    environment = forms.ChoiceField(
        label=gettext_lazy("Leads to the system for"),
        choices=[("", "—"), *((code.value, text) for code, text in ENVIRONMENTS.items())],
        help_text=gettext_lazy("A file for production never travels by a test channel."),
    )
    partner = _partner()


class ChangeForm(Form):
    """A channel that is there; one that is closed sends and takes nothing."""

    name = forms.CharField(label=gettext_lazy("Name of the channel"), max_length=80)
    active = forms.BooleanField(label=gettext_lazy("The channel is open"), required=False)
    partner = _partner()
    version = forms.IntegerField(widget=forms.HiddenInput)


def _outbox(where: Any) -> forms.CharField:
    label = gettext_lazy("Folder for what goes out")
    return forms.CharField(label=label, help_text=where, max_length=160)


def _inbox() -> forms.CharField:
    return forms.CharField(
        label=gettext_lazy("Folder of what comes in"),
        help_text=gettext_lazy(
            "Acknowledgements are taken from here once they rest, and moved to done/ beside them. "
            "Empty: nothing is taken."
        ),
        max_length=160,
        required=False,
    )


class FolderSettings(Form):
    """The folders of a channel."""

    purpose: str | Promise = gettext_lazy(
        "Files are laid into a folder that a gateway or a service provider empties."
    )
    outbox = _outbox(gettext_lazy("Below the exchange folder of this installation, e.g. nmpa/out."))
    inbox = _inbox()


class As2Settings(Form):
    """Names and addresses of both sides, and how the receipt comes."""

    purpose: str | Promise = gettext_lazy(
        "Files are signed, encrypted and sent over the internet; the receiver's signed receipt "
        "proves that they arrived."
    )
    as2_from = forms.CharField(
        label=gettext_lazy("Our AS2 name"),
        help_text=gettext_lazy("As the receiver registered it; capitals matter."),
        max_length=128,
    )
    as2_to = forms.CharField(label=gettext_lazy("The receiver's AS2 name"), max_length=128)
    url = forms.CharField(
        label=gettext_lazy("The receiver's address"),
        help_text=gettext_lazy("For example https://gateway.example:4080/as2"),
        max_length=500,
    )
    receipt = forms.ChoiceField(
        label=gettext_lazy("The receipt comes"),
        choices=[
            ("", pgettext_lazy("as2 receipt", "in the same answer")),
            (LATER, pgettext_lazy("as2 receipt", "later, at the address of this installation")),
        ],
        required=False,
    )
    headers = forms.CharField(
        label=gettext_lazy("Headers the gateway asks for"),
        help_text=gettext_lazy(
            "One per line, for example X-Cyclone-Metadata-FdaCenter: CBER. Usually none."
        ),
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=1000,
        required=False,
    )


class SftpSettings(Form):
    """The server, who we are there, the keys it may show, and its folders."""

    purpose: str | Promise = gettext_lazy(
        "Files are laid into a folder of the receiver's server; its key is entered beforehand."
    )
    host = forms.CharField(
        label=gettext_lazy("Server"),
        help_text=gettext_lazy("Its name or address, for example sftp.gateway.example"),
        max_length=253,
    )
    port = forms.CharField(label=gettext_lazy("Port"), initial="22", max_length=5)
    user = forms.CharField(label=gettext_lazy("Our name on the server"), max_length=80)
    host_keys = forms.CharField(
        label=gettext_lazy("Public keys of the server"),
        help_text=gettext_lazy(
            "One per line, as the receiver gave them or as ssh-keyscan writes them; compare the "
            "fingerprint with the receiver by telephone. A server that shows another key gets "
            "nothing."
        ),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=8000,
    )
    outbox = _outbox(gettext_lazy("A folder of the server, for example /out"))
    inbox = _inbox()


class FdaSettings(Form):
    """Addresses of FDA's gateway, our numbers there, and what is submitted."""

    purpose: str | Promise = gettext_lazy(
        "Files are submitted over FDA's interface under a Core ID; its answers are asked for."
    )
    external_url = forms.CharField(
        label=gettext_lazy("Address of the interface"),
        initial="https://external-api-esgng.fda.gov",
        max_length=500,
    )
    upload_url = forms.CharField(
        label=gettext_lazy("Address for uploads"),
        initial="https://upload-api-esgng.fda.gov",
        max_length=500,
    )
    user_id = forms.CharField(label=gettext_lazy("Number of our user (user_id)"), max_length=12)
    company_id = forms.CharField(
        label=gettext_lazy("Number of our company (company_id)"), max_length=12
    )
    center = forms.CharField(
        label=gettext_lazy("Centre (fda_center)"),
        help_text=gettext_lazy("For example CBER"),
        max_length=40,
    )
    submission_type = forms.CharField(
        label=gettext_lazy("Kind of submission (submission_type)"),
        help_text=gettext_lazy("For example AERS, or AERS_PREMKT_CBER under an IND"),
        max_length=40,
    )


class NewFolderForm(FolderSettings, NewForm):
    """A new channel by folders."""


class NewAs2Form(As2Settings, NewForm):
    """A new channel by AS2."""


class NewSftpForm(SftpSettings, NewForm):
    """A new channel by SFTP."""


class NewFdaForm(FdaSettings, NewForm):
    """A new channel to FDA's gateway."""


class ChangeFolderForm(FolderSettings, ChangeForm):
    """A channel by folders that is there."""


class ChangeAs2Form(As2Settings, ChangeForm):
    """A channel by AS2 that is there."""


class ChangeSftpForm(SftpSettings, ChangeForm):
    """A channel by SFTP that is there."""


class ChangeFdaForm(FdaSettings, ChangeForm):
    """A channel to FDA's gateway that is there."""


_SETTINGS: Mapping[ChannelKind, type[Form]] = {
    ChannelKind.FOLDER: FolderSettings,
    ChannelKind.AS2: As2Settings,
    ChannelKind.SFTP: SftpSettings,
    ChannelKind.FDA: FdaSettings,
}
NEW: Mapping[ChannelKind, type[NewForm]] = {
    ChannelKind.FOLDER: NewFolderForm,
    ChannelKind.AS2: NewAs2Form,
    ChannelKind.SFTP: NewSftpForm,
    ChannelKind.FDA: NewFdaForm,
}
CHANGE: Mapping[ChannelKind, type[Form]] = {
    ChannelKind.FOLDER: ChangeFolderForm,
    ChannelKind.AS2: ChangeAs2Form,
    ChannelKind.SFTP: ChangeSftpForm,
    ChannelKind.FDA: ChangeFdaForm,
}


def settings_of(form: Form, kind: ChannelKind) -> dict[str, Any]:
    """What the kind of the channel needs, as it was entered."""
    return {name: form.cleaned_data[name] for name in _SETTINGS[kind].base_fields}


def initial_of(kind: ChannelKind, settings: dict[str, Any]) -> dict[str, Any]:
    """The settings as the form shows them."""
    lines = "\n".join(f"{name}: {value}" for name, value in settings.get("headers", {}).items())
    shown = {name: settings.get(name, "") for name in _SETTINGS[kind].base_fields}
    return shown | {"headers": lines, "host_keys": "\n".join(settings.get("host_keys", ()))}


class PartnerForm(Form):
    """A certificate of the receiver."""

    certificate = forms.FileField(
        label=gettext_lazy("Certificate of the receiver (.pem, .cer, .crt)"), allow_empty_file=True
    )


class OwnForm(Form):
    """A key of ours that was made elsewhere."""

    own_file = forms.FileField(
        label=gettext_lazy("Our key with its certificate (.p12, .pfx)"), allow_empty_file=True
    )
    password = forms.CharField(
        label=gettext_lazy("Password of the file"),
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        required=False,
    )


class KeyForm(Form):
    """A private key of SSH that was made elsewhere; it is never shown again."""

    private_key = forms.CharField(
        label=gettext_lazy("Private key"),
        help_text=gettext_lazy("The text that begins with -----BEGIN"),
        widget=forms.Textarea(attrs={"rows": 4, "autocomplete": "off", "spellcheck": "false"}),
        max_length=20_000,
    )
    passphrase = forms.CharField(
        label=gettext_lazy("Passphrase of the key"),
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        required=False,
    )


class PasswordForm(Form):
    """A password of ours on a server; it is never shown again."""

    password = forms.CharField(
        label=pgettext_lazy("account", "Password"),
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        strip=False,
        max_length=200,
    )


class ClientForm(Form):
    """A client of an interface; its secret is never shown again."""

    client_id = forms.CharField(label=gettext_lazy("Client ID"), max_length=200)
    client_secret = forms.CharField(
        label=gettext_lazy("Secret key"),
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        max_length=200,
    )
