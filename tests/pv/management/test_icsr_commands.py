"""The commands of ICSR files say in words what they found, and end with a status."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from pv.domain.e2b import write
from pv.domain.e2b.message import Message
from tests.pv.domain.e2b.test_e2b_lossless import FOREIGN, TEXT
from tests.pv.domain.e2b.test_e2b_mutations import R2
from tests.pv.domain.e2b.test_e2b_schema_tree import root


def run(name: str, *files: Path, **options: object) -> tuple[str, str, int]:
    """Output, errors and exit status of a command."""
    out, err = StringIO(), StringIO()
    try:
        call_command(name, *map(str, files), stdout=out, stderr=err, **options)
    except CommandError as error:
        return out.getvalue(), err.getvalue() + str(error), error.returncode
    return out.getvalue(), err.getvalue(), 0


def written(folder: Path, name: str, data: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def test_the_round_trip_says_whole_or_what_has_no_element(tmp_path: Path) -> None:
    good = written(tmp_path, "good.xml", TEXT)
    odd = written(tmp_path, "odd.xml", TEXT.replace("<statusCode", f"{FOREIGN}<statusCode", 1))
    old = written(tmp_path, "old.xml", R2.format(""))
    assert run("roundtrip_icsr", good)[2] == 0
    out, _, status = run("roundtrip_icsr", good, odd, old)
    assert status == 1
    assert "nothing is lost" in out
    assert "written back as it was" in out
    assert "E2B(R2)" in out
    assert "XX-HOLDER-7" in out
    rows = [
        json.loads(line) for line in run("roundtrip_icsr", good, odd, json=True)[0].split("\n")[:2]
    ]
    assert [(row["equal"], row["lossless"]) for row in rows] == [(True, True), (False, True)]


def test_the_difference_pairs_reports_by_case_and_parts_by_content(tmp_path: Path) -> None:
    fresh = TEXT.replace("aaaaaaaa-", "cccccccc-").replace("bbbbbbbb-", "dddddddd-")
    one, same = written(tmp_path, "one.xml", TEXT), written(tmp_path, "same.xml", fresh)
    assert run("diff_icsr", one, same) == ("", "", 0)
    other = root()
    other.values |= {"C.1.1": "XX-HOLDER-8", "D.1": "CD"}
    messages = [Message(root()), Message(other)]
    two = written(tmp_path, "two.xml", b"".join(write.write_stream({}, messages)))
    back = written(tmp_path, "back.xml", b"".join(write.write_stream({}, messages[::-1])))
    assert run("diff_icsr", two, back)[0] == ""
    out = run("diff_icsr", two, one)[0]
    assert "XX-HOLDER-8 is only in the first file" in out
    assert len(out.splitlines()) == 1


@pytest.mark.parametrize("name", ["diff_icsr", "read_ack", "roundtrip_icsr"])
def test_a_refusal_is_said_in_words_with_its_file(tmp_path: Path, name: str) -> None:
    bad = written(tmp_path, "bad.xml", "no xml at all")
    out, err, status = run(name, *([bad, bad] if name == "diff_icsr" else [bad]))
    assert status == 1
    assert "no readable XML" in out + err
    assert "bad.xml" in out + err
    assert "not_xml" not in out + err
    gone = tmp_path / "gone.xml"
    assert run(name, *([gone, gone] if name == "diff_icsr" else [gone]))[2] == 1
