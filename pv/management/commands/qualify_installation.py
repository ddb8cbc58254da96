"""`manage.py qualify_installation`: the installation qualification, executed, with its evidence."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from lxml import etree

from pv.management import installation
from pv.management.installation import Seen


class Command(BaseCommand):
    """Ends with 1 when a step was not as specified; every step is executed all the same."""

    help = "Execute the installation qualification; the file goes to ./run validation --junit."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Options of the command."""
        parser.add_argument("--into", type=Path, help="file for the evidence (JUnit XML)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Execute, print a line a step, write the evidence."""
        at, done = installation.today(), list[Seen]()
        for seen in installation.qualify():
            done.append(seen)
            result = "passed" if seen.passed else "FAILED"
            self.stdout.write(f"{seen.step:6} {result}  {seen.asks}: {seen.seen}")
        if options["into"]:
            try:
                options["into"].write_bytes(_evidence(at, done))
            except OSError as error:
                raise CommandError(f"The evidence was not written: {error}") from error
        failed = [seen.step for seen in done if not seen.passed]
        if failed:
            raise CommandError(f"not as specified: {', '.join(failed)}")
        self.stdout.write(f"{len(done)} of {len(done)} steps passed, {at}")


def _evidence(at: str, done: list[Seen]) -> bytes:
    root = etree.Element("testsuites")
    suite = etree.SubElement(root, "testsuite", name="installation", timestamp=at)
    for seen in done:
        name = f"{seen.step} {seen.asks}"
        case = etree.SubElement(
            suite, "testcase", classname="installation", name=name, time=f"{seen.seconds:.3f}"
        )
        properties = etree.SubElement(case, "properties")
        etree.SubElement(properties, "property", name="requirement", value=seen.step)
        if not seen.passed:
            etree.SubElement(case, "failure", message="not as specified")
        etree.SubElement(case, "system-out").text = _printable(seen.seen)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _printable(text: str) -> str:
    """XML takes no control characters."""
    return "".join(sign if sign.isprintable() or sign in "\n\t" else " " for sign in text)
