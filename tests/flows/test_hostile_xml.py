"""Hostile files through every door that reads them: refused with a code, nothing opened."""

import io
import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from dev.paths import ROOT
from followup.core import clock
from pv.domain.e2b.checks import Profile
from pv.domain.e2b.refusals import SENTENCES, MessageRefused, Refusal
from pv.domain.e2b.skeleton import BATCH, NAMESPACE
from pv.models import Case
from pv.queries import icsr_files

SAMPLES = ROOT.parent / "shared" / "e2b" / "samples" / "refuse"
SECRET = "everwatch-secret-that-no-file-may-carry-away"
ROOT_TAG = f'<{BATCH} xmlns="{NAMESPACE}"'


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """A server that nobody may talk to."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield server
        with pytest.raises(BlockingIOError):
            server.accept()


def bombs(port: int, secret: Path) -> dict[str, tuple[bytes, set[Refusal]]]:
    """Each hostile document, and the codes it may be refused with."""
    away = f"http://127.0.0.1:{port}"
    body = f"{ROOT_TAG}>&x;</{BATCH}>"
    layers = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    doctype = {Refusal.DOCTYPE}
    broken = {Refusal.NOT_XML, Refusal.DOCTYPE, Refusal.TOO_LARGE}
    plain = {
        "laughs": (f'<!DOCTYPE b [<!ENTITY l0 "ha">{layers}]>{ROOT_TAG}>&l9;</{BATCH}>', broken),
        "file": (f'<!DOCTYPE b [<!ENTITY x SYSTEM "file://{secret}">]>{body}', doctype),
        "network": (f'<!DOCTYPE b [<!ENTITY x SYSTEM "{away}/x">]>{body}', doctype),
        "parameter": (f'<!DOCTYPE b [<!ENTITY % p SYSTEM "{away}/p.dtd"> %p;]>{body}', broken),
        "dtd": (f'<!DOCTYPE b SYSTEM "{away}/b.dtd">{ROOT_TAG}/>', doctype),
        "r2": (
            f'<!DOCTYPE ichicsr SYSTEM "{away}/icsr.dtd"><ichicsr lang="en"/>',
            {Refusal.E2B_R2, Refusal.NOT_ICSR_BATCH},
        ),
        "r2 entity": (
            f'<!DOCTYPE ichicsr [<!ENTITY x SYSTEM "file://{secret}">]><ichicsr><safetyreport>'
            "<safetyreportid>&x;</safetyreportid></safetyreport></ichicsr>",
            {Refusal.E2B_R2, Refusal.DOCTYPE},
        ),
        "undeclared": (body, {Refusal.NOT_XML}),
        "include": (
            f'{ROOT_TAG}><xi:include xmlns:xi="http://www.w3.org/2001/XInclude"'
            f' href="{away}/x" parse="text"/></{BATCH}>',
            set(),
        ),
        "deep": ("<a>" * 200_000 + "</a>" * 200_000, {Refusal.TOO_DEEP, Refusal.NOT_XML}),
        "other": ("<html/>", {Refusal.NOT_ICSR_BATCH}),
        "empty": ("", {Refusal.NOT_XML}),
        "text": ("not xml at all", {Refusal.NOT_XML}),
        "cut": (f"{ROOT_TAG}><a>", {Refusal.NOT_XML}),
    }
    made = {name: (text.encode(), codes) for name, (text, codes) in plain.items()}
    wrong = f'<?xml version="1.0" encoding="UTF-8"?>{ROOT_TAG}>王</{BATCH}>'.encode("gb18030")
    made["encoding"] = (wrong, {Refusal.NOT_XML})
    unknown = f'<?xml version="1.0" encoding="x-klingon"?>{ROOT_TAG}/>'.encode()
    made["unknown encoding"] = (unknown, {Refusal.NOT_XML})
    made["nul"] = (f"{ROOT_TAG}>\x00</{BATCH}>".encode(), {Refusal.NOT_XML})
    made["utf-7"] = (
        b'<?xml version="1.0" encoding="utf-7"?>+ADw-a/+AD4-',
        {Refusal.NOT_ICSR_BATCH},
    )
    return made


NAMES = sorted(bombs(0, Path("secret")))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.figure("F7")
@pytest.mark.requirement("ASVS-1.5.1")
def test_no_bomb_goes_off(name: str, listener: socket.socket, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text(SECRET)
    data, codes = bombs(listener.getsockname()[1], secret)[name]
    file = tmp_path / "bomb.xml"
    file.write_bytes(data)
    found = icsr_files.examine(file, Profile.ICH, now=clock.today())
    assert SECRET not in json.dumps(found.as_dict(), ensure_ascii=False)
    if codes:
        assert any(found.refused.startswith(SENTENCES[code]) for code in codes)
        assert not found.accepted
        with pytest.raises(MessageRefused) as refusal:
            list(icsr_files.messages(file))
        assert refusal.value.code in codes
    else:
        assert not found.messages


def test_the_command_says_which_and_goes_on(tmp_path: Path, listener: socket.socket) -> None:
    files = []
    for name, (data, _codes) in bombs(listener.getsockname()[1], tmp_path / "none").items():
        files.append(tmp_path / f"{name}.xml")
        files[-1].write_bytes(data)
    files.append(tmp_path / "missing.xml")
    out, err = io.StringIO(), io.StringIO()
    with pytest.raises(CommandError):
        call_command("validate_icsr", *map(str, files), json=True, stdout=out, stderr=err)
    rows = [json.loads(line) for line in out.getvalue().splitlines()]
    assert len(rows) == len(files) - 1
    assert not any(row["valid"] for row in rows if row["refused"])
    assert "missing.xml" in err.getvalue()


@pytest.mark.django_db
@pytest.mark.requirement("A11-5", "ASVS-1.5.1")
@pytest.mark.figure("F7")
def test_no_hostile_file_becomes_a_case(tmp_path: Path, listener: socket.socket) -> None:
    files = []
    for name, (data, codes) in bombs(listener.getsockname()[1], tmp_path / "none").items():
        if codes:
            files.append(tmp_path / f"{name}.xml")
            files[-1].write_bytes(data)
    out, before = io.StringIO(), Case.objects.count()
    with pytest.raises(CommandError):
        call_command("import_icsr", *map(str, files), json=True, stdout=out)
    rows = [json.loads(line) for line in out.getvalue().splitlines()]
    assert len(rows) == len(files)
    assert all(row["refused"] and row["case"] is None for row in rows)
    assert Case.objects.count() == before


def test_reports_of_the_former_standard_are_not_validated_and_read_one_way() -> None:
    if not SAMPLES.is_dir():
        pytest.skip("the sample files of the former standard are not beside this repository")
    for file in sorted(SAMPLES.glob("*.xml")):
        found = icsr_files.examine(file, Profile.ICH, now=clock.today())
        assert found.refused, file.name
        if "ichicsrack" in file.read_text("latin-1"):
            with pytest.raises(MessageRefused):
                list(icsr_files.messages(file))
        else:
            assert all(one.original for one in icsr_files.messages(file))
