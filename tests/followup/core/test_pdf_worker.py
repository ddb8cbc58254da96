"""The printing process from the inside: its limits, its verdicts, its style sheets."""

import gc
import json
import os
import resource
import signal
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import ImageFile

from followup.core import pdf
from followup.core.pdf import client, worker

# WeasyPrint lets its whole process load pictures that are cut off; ours refuses them.
ImageFile.LOAD_TRUNCATED_IMAGES = False
LIMITS = {"cpu": 20, "seconds": 60, "megabytes": 700}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("styles")
    (place / "document.css").write_text("p { color: black }", encoding="utf-8")
    return place


@pytest.fixture(scope="module")
def printer(folder: Path) -> worker.Printer:
    return worker.Printer(folder)


def framed(body: bytes) -> bytes:
    return worker.LENGTH.pack(len(body)) + body


def order(html: str) -> bytes:
    return framed(json.dumps({"html": html, "styles": ["document"], "limits": LIMITS}).encode())


def answer(pipe: socket.socket) -> tuple[bytes, bytes]:
    with pipe.makefile("rb") as stream:
        verdict = stream.read(1)
        (length,) = worker.LENGTH.unpack(stream.read(8))
        return verdict, stream.read(length)


def test_a_style_sheet_is_read_again_when_it_has_changed(printer, folder: Path) -> None:
    first = printer.style("document")
    assert printer.style("document") is first
    path = folder / "document.css"
    path.write_text("p { color: red }", encoding="utf-8")
    os.utime(path, (1, 1))
    assert printer.style("document") is not first
    assert printer.style("absent") is None
    assert printer.style("../../etc/passwd") is None, "names stay in the folder"


def test_nothing_is_fetched_whatever_a_page_asks_for(printer) -> None:
    with pytest.raises(ValueError, match="fetch nothing"):
        worker.refuse(None, "file:///etc/passwd")
    with pytest.raises(ValueError, match="fetch nothing"):
        worker.DenyAll().fetch("https://example.org/")
    printed = printer.pdf("<img src='file:///etc/passwd'><p>好</p>", ["document", "absent"])
    assert printed.startswith(b"%PDF")


@pytest.fixture
def without_limits(monkeypatch: pytest.MonkeyPatch) -> list[tuple[object, object]]:
    """What would be limited, kept instead of done: this is the process of all tests."""
    asked: list[tuple[object, object]] = []
    monkeypatch.setattr(resource, "setrlimit", lambda what, how: asked.append((what, how)))
    monkeypatch.setattr(signal, "signal", lambda *_args: None)
    monkeypatch.setattr(signal, "setitimer", lambda _what, how: asked.append(("timer", how)))
    return asked


def test_a_document_comes_back_or_the_name_of_what_stopped_it(printer, without_limits) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.sendall(order("<p>一致</p>"))
        worker.work(printer, theirs)
        verdict, body = answer(ours)
        assert verdict == b"+"
        assert body.startswith(b"%PDF")
        ours.sendall(order("<p>" + "<div>" * 1500))
        worker.work(printer, theirs)
        assert answer(ours) == (b"-", b"RecursionError")
    known = dict(without_limits)
    assert known[resource.RLIMIT_CPU] == (20, 21)
    assert known[resource.RLIMIT_FSIZE] == known[resource.RLIMIT_CORE] == (0, 0)
    assert known["timer"] == 60


def test_each_socket_gets_a_child_and_the_end_of_ours_ends_the_process(
    printer, without_limits, monkeypatch: pytest.MonkeyPatch
) -> None:
    children: list[int] = []
    fork = os.fork

    def forked() -> int:
        child = fork()
        children.append(child)
        return child

    monkeypatch.setattr(os, "fork", forked)
    control, theirs = socket.socketpair()
    with control, theirs, ThreadPoolExecutor(1) as pool:
        done = pool.submit(worker.serve, printer, theirs)
        assert control.recv(5) == b"ready"
        ours, given = socket.socketpair()
        with ours:
            with given:
                socket.send_fds(control, [b"d"], [given.fileno()])
            ours.sendall(order("<p>好</p>"))
            verdict, body = answer(ours)
        control.shutdown(socket.SHUT_RDWR)
        done.result(timeout=30)
    gc.unfreeze()
    assert (verdict, body[:4]) == (b"+", b"%PDF")
    assert [os.waitpid(child, 0)[1] for child in children] == [0]


def test_a_worker_that_does_not_start_or_answer_is_said_and_replaced(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = client.WorkerClient(folder)
    monkeypatch.setattr(client, "PROGRAM", folder / "no_program.py")
    with pytest.raises(pdf.DocumentFailed) as caught:
        broken.print("<p>a</p>", (), pdf.Limits())
    assert caught.value.reason == "the printing process did not start"
    assert broken._child is None, "nothing is left running"
