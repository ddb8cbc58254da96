"""Documents: real Chinese, no box, no request, and a bomb that ends only itself."""

import http.server
import io
import os
import signal
import threading
import time
from html import unescape
from pathlib import Path

import pytest
from django.conf import settings
from django.test import override_settings
from pypdf import PdfReader

from followup.core import checks, pdf
from followup.core.pdf import client, fonts

QUICK = pdf.Limits(cpu=2, seconds=4, megabytes=300)
BOMBS = {
    "tiny pages": "<style>@page{size:1px;margin:0}</style>" + "word " * 3000,
    "endless paragraph": "<p>" + "word " * 200_000,
    "deep nesting": "<div>" * 5000,
    "wide table": "<table><tr><td colspan=100000000>x</td></tr></table>",
}


def text_of(pdf):
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


def test_chinese_bold_and_boxes_are_drawn_with_our_fonts():
    content = pdf.pdf_of("<p>患者张某<b>急性</b> ☐ ☑ Ωß é</p>", styles=("document",))
    assert "患者张某急性 ☐ ☑ Ωß é" in text_of(content)
    names = {
        str(font["/BaseFont"]).split("+")[-1]
        for page in PdfReader(io.BytesIO(content)).pages
        for font in (f.get_object() for f in page["/Resources"]["/Font"].values())
    }
    assert {n.split("-")[0] for n in names} == {"Noto", "DejaVu"}, names
    assert any("Bold" in name for name in names)


def test_the_same_page_has_the_same_bytes():
    assert pdf.pdf_of("<p>一致</p>") == pdf.pdf_of("<p>一致</p>")


def test_rare_characters_of_names_are_printed():
    text = "䶮㛃𬭸龘喆堃犇𠮷𡌴𫰠şğřễŽłØ"
    assert fonts.missing(text) == ""
    assert text in text_of(pdf.pdf_of(f"<p>{text}</p><p><b>{text}</b></p>"))


@pytest.mark.parametrize("text", ["한국", "😀", "&#128512;", "&#x1F600;", "\x07", "\u202e"])
def test_a_character_without_a_glyph_is_printed_as_its_code_point(text):
    """A statutory form is never stopped by one character, and never shows an empty box."""
    printed = text_of(pdf.pdf_of(f"<p>发热{text}两天</p>"))
    code = ord(unescape(text)[0])
    assert f"发热[U+{code:04X}]" in printed
    assert "两天" in printed


def test_invisible_characters_of_pasted_text_are_no_obstacle():
    assert "ab" in text_of(pdf.pdf_of("<p>a\u200bb\ufeff</p>")).replace("\u200b", "")


@pytest.mark.parametrize("name", sorted(BOMBS))
@pytest.mark.requirement("ASVS-15.2.2")
def test_a_bomb_fails_cleanly_and_the_next_document_is_printed(name):
    started = time.monotonic()
    with pytest.raises(pdf.DocumentFailed):
        pdf.pdf_of(BOMBS[name], limits=QUICK)
    assert time.monotonic() - started < QUICK.seconds + 20
    assert "好" in text_of(pdf.pdf_of("<p>好</p>"))


def test_a_killed_printing_process_is_replaced():
    pdf.pdf_of("<p>a</p>")
    worker = client.worker_client(Path(settings.BASE_DIR) / "templates" / "documents")
    os.kill(worker._child.pid, signal.SIGKILL)
    worker._child.wait()
    assert "b" in text_of(pdf.pdf_of("<p>b</p>"))


class Trap(http.server.BaseHTTPRequestHandler):
    hits: list[str] = []

    def do_GET(self):
        Trap.hits.append(self.path)
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        return


@pytest.fixture
def trap():
    Trap.hits = []
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Trap)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


def test_nothing_is_fetched_even_from_markup_of_our_own(trap):
    page = f"""<link rel=stylesheet href="{trap}/css"><style>@import url({trap}/import);
    @font-face{{font-family:x;src:url({trap}/font)}} p{{font-family:x;background:url({trap}/bg);
    list-style:url({trap}/li)}} p:before{{content:url({trap}/before)}}</style><p>x
    <img src="{trap}/i">
    <img src="file:///etc/passwd"><object data="{trap}/o"></object><embed src="{trap}/e">
    <link rel=attachment href="file:///etc/passwd"><a rel=attachment href="{trap}/a">a</a>
    <svg width=9 height=9><image href="{trap}/svg"/><use href="{trap}/use#x"/></svg></p>"""
    content = pdf.pdf_of(page)
    assert Trap.hits == []
    assert not PdfReader(io.BytesIO(content)).attachments
    assert b"root:" not in content


def test_the_printing_process_knows_no_secret(monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "never")
    assert "SECRET_KEY" not in client._environment()


def test_a_missing_font_is_an_error_that_says_what_to_do(tmp_path, monkeypatch):
    assert checks.chinese_font() == []
    monkeypatch.setattr(fonts, "FOLDER", tmp_path)
    (error,) = checks.chinese_font()
    assert error.id == "everwatch.E001"
    assert str(tmp_path) in error.hint


@pytest.mark.parametrize(
    ("production", "expected"), [(True, "everwatch.E002"), (False, "everwatch.W002")]
)
def test_missing_libraries_name_the_line_that_installs_them(monkeypatch, production, expected):
    monkeypatch.setattr(checks, "_loads", lambda name: "pangoft2" not in name)
    with override_settings(PRODUCTION=production):
        (found,) = checks.pango()
    assert found.id == expected
    assert found.hint.endswith("libpangoft2-1.0-0")
