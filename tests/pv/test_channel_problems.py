"""What a channel keeps of its failures is told in the reader's language."""

import ast
from pathlib import Path

import pytest
from django.utils import translation

from followup.core.outgoing import hosts
from followup.web import transport_words
from pv.web import channel_problems
from pv.web.channel_problems import in_words

CARRYING = (
    "pv/adapters/carriers.py",
    "pv/adapters/esg.py",
    "pv/adapters/folders.py",
    "pv/adapters/sftp.py",
    "pv/adapters/sftp_carrier.py",
    "pv/adapters/as2/carrier.py",
    "pv/adapters/as2/messages.py",
    "pv/adapters/as2/receipts.py",
    "pv/actions/sendings.py",
    "followup/core/outgoing/transport.py",
)
TELLING = frozenset(
    {"Ending", "OSError", "ValueError", "FileNotFoundError", "CutOff", "NameTaken", "NotNow"}
    | {"NoAnswer", "NothingSent"}
)
# Read while a channel is entered: its form says what is wrong there.
ENTERED = frozenset({"HTTP "})


def _said(node: ast.expr) -> str | None:
    """The words of a text before what is put into it; None for no text."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
        return str(node.values[0].value)
    if isinstance(node, ast.Subscript):
        return _said(node.value)
    return None


def told() -> set[str]:
    """Every sentence that a way of sending gives for its failure."""
    found = set()
    for path in CARRYING:
        for node in ast.walk(ast.parse(Path(path).read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in TELLING:
                found |= {text for each in node.args if (text := _said(each))}
            if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "text":
                branches = [node.value]
                if isinstance(node.value, ast.IfExp):
                    branches = [node.value.body, node.value.orelse]
                found |= {text for each in branches if (text := _said(each))}
    return found - ENTERED


def test_every_sentence_of_a_way_of_sending_has_its_words():
    sentences = told()
    assert len(sentences) > 20
    known = {*channel_problems.WORDS, *transport_words.NETWORK}
    assert (
        sorted(s for s in sentences if s not in known and s.removesuffix(": ") not in known) == []
    )


@pytest.mark.parametrize(
    ("kept", "said"),
    [
        ("HTTP 403", "接收方服务器返回 HTTP 状态 403"),
        (str(hosts.HostNotAllowed()), "未发送：服务器的运维人员未在 OUTWARD_HOSTS 中列出该主机"),
        ("HTTP 503 ESGNG503 said so", "接收方服务器返回 HTTP 状态 503：ESGNG503 said so"),
        ("the digest is of other bytes: processed", "回执中的摘要与我方文件不符"),
        ("another file lies in the folder under its name: a.xml", "a.xml"),
        (
            "automatic-action/MDN-sent-automatically; processed/error: decryption-failed no key",
            "接收方拒收：接收方无法解密",
        ),
        ("automatic-action/x; failed/failure: unsupported-format", "unsupported-format"),
        (
            "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed certificate",
            "本机不信任接收方服务器的证书",
        ),
        (
            "[SSL: WRONG_VERSION_NUMBER] wrong version number (_ssl.c:1006)",
            "无法与接收方建立加密连接",
        ),
        ("Remote end closed connection without response", "接收方"),
    ],
)
def test_what_the_other_side_answered_is_said_in_chinese_with_its_code(kept, said):
    with translation.override("zh-hans"):
        assert said in in_words(kept)
    assert in_words("言之未尽") == "言之未尽", "a person's own words stay"
