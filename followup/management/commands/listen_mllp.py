"""`manage.py listen_mllp`: a process that takes HL7 v2 messages over MLLP from laboratories."""

import asyncio
import contextlib
import ipaddress
import logging
import signal
from argparse import ArgumentParser
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import Error as DatabaseProblem
from django.db import close_old_connections

from followup.actions import laboratory as actions
from followup.actions.laboratory.message_reading import TOGETHER
from followup.core import clock, memory
from followup.core.actor import Actor
from followup.core.problems import Conflict, Refused
from followup.domain.laboratory import hl7, hl7_batches
from followup.domain.laboratory.hl7_segments import decode, segments
from followup.domain.laboratory.messages import MessageUnreadable
from followup.domain.laboratory.mllp import Frames, FrameTooLarge, framed
from followup.queries import laboratory

LOG = logging.getLogger(__name__)
_ACTOR = Actor.process("listen_mllp")
CHUNK, MOST_CONNECTIONS = 65_536, 32
_LARGE = "too large"
# Another process kept the same message at the same moment, or the database is away.
_NOT_KEPT = (DatabaseProblem, OSError, Conflict)


class Command(BaseCommand):
    """Each message is kept and committed, then answered, then read."""

    help = "Listen for HL7 v2 messages (ORU, ADT) over MLLP; TLS ends in front of it."
    requires_system_checks: list[str] = []  # they read every page; who migrates has checked

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Options of the command."""
        parser.add_argument("--bind", default="127.0.0.1:2575", help="address and port")
        parser.add_argument("--source", help="id of the laboratory of every message on this port")
        parser.add_argument("--idle", type=float, default=600.0, help="seconds until it hangs up")

    def handle(self, *args: Any, **options: Any) -> None:
        """Listen until it is told to stop."""
        host, _, port = options["bind"].rpartition(":")
        if not host or not port.isdigit():
            raise CommandError("--bind takes an address and a port, for example 127.0.0.1:2575")
        desk = Desk(options["source"] or "")
        asyncio.run(Listener(desk, options["idle"]).run(host, int(port), self.stdout.write))


class Desk:
    """What is done with messages, in a thread that may ask the database."""

    def __init__(self, source: str = "") -> None:
        self.source = source
        self.kept: list[actions.messages.Kept] = []

    def take(self, data: bytes, peer: str) -> bytes:
        """Keep a message and give its answer; a database that is away asks for it again (AR)."""
        return self.take_all([data], peer)[0]

    def take_all(self, found: Sequence[bytes], peer: str) -> list[bytes]:
        """Keep what came in some frames and give an answer for each, when all is committed."""
        batches = [hl7_batches.read(frame) for frame in found]
        messages = [message for batch in batches for message in batch.messages]
        answers: list[bytes] = []
        for start in range(0, len(messages), TOGETHER):
            answers += self._some(messages[start : start + TOGETHER], peer)
        made, left = clock.now().astimezone(clock.SHANGHAI), iter(answers)
        return [
            hl7_batches.answered(batch, list(islice(left, len(batch.messages))), made)
            for batch in batches
        ]

    def _some(self, messages: Sequence[bytes], peer: str) -> list[bytes]:
        close_old_connections()
        try:
            answers = self._together(messages, peer) if len(messages) > 1 else None
            return answers or [self._answer(data, peer) for data in messages]
        finally:
            close_old_connections()

    def _together(self, found: Sequence[bytes], peer: str) -> list[bytes] | None:
        """Messages of one laboratory in one transaction; None when they go one by one."""
        try:
            sources = [self._refusal(data, peer) for data in found]
            known = {source.id for source, _refused in sources if source is not None}
            if len(known) != 1 or any(refused for _source, refused in sources):
                return None
            source = sources[0][0]
            kept = actions.messages.receive_all(_ACTOR, source, contents=found, protocol="HL7")
        except _NOT_KEPT as error:
            LOG.warning("messages are kept one by one: %s", type(error).__name__)
            return None
        self.kept += kept
        pairs = zip(found, kept, strict=True)
        return [_said(data, one.message.answer, _told(one), source.charset) for data, one in pairs]

    def _answer(self, data: bytes, peer: str) -> bytes:
        try:
            code, text, charset = self._keep(data, peer)
        except _NOT_KEPT as error:
            LOG.warning("a message could not be kept: %s", type(error).__name__)
            code, text, charset = "AR", "try again later", ""
        return _said(data, code, text, charset)

    def _keep(self, data: bytes, peer: str) -> tuple[str, str, str]:
        source, refused = self._refusal(data, peer)
        if source is None or refused:
            return ("AE" if refused == _LARGE else "AR"), refused, ""
        kept = actions.messages.receive(_ACTOR, source, content=data, protocol="HL7")
        self.kept.append(kept)
        return kept.message.answer, _told(kept), source.charset

    def _refusal(self, data: bytes, peer: str) -> tuple[Any, str]:
        """The laboratory of a message, and why nothing is kept of it."""
        if len(data) > actions.messages.MOST_BYTES:
            return None, _LARGE
        source = self._source(data)
        if source is None:
            return None, "sender is not known here"
        return source, "" if allowed(source.addresses, peer) else "address is not allowed"

    def _source(self, data: bytes) -> Any:
        if self.source:
            return laboratory.files.source(_ACTOR, self.source)
        try:
            head = segments(decode(data)[0])[0]
        except MessageUnreadable:
            return None
        return laboratory.messages.by_sender((head.component(4), head.component(3)))

    def read(self) -> None:
        """Read what was kept; a message that fails waits for the next time."""
        close_old_connections()
        kept, self.kept = self.kept, []
        try:
            actions.messages.read_kept(_ACTOR, kept)
            actions.messages.read_left(_ACTOR)
        except (DatabaseProblem, Refused) as error:
            LOG.warning("messages wait to be read: %s", type(error).__name__)
        finally:
            close_old_connections()


def _told(kept: actions.messages.Kept) -> str:
    """Why a message cannot be read; why one waits for a person is no business of the sender."""
    return "" if kept.message.answer == "AA" else kept.message.problem


def _said(data: bytes, code: str, text: str, charset: str) -> bytes:
    made = clock.now().astimezone(clock.SHANGHAI)
    return hl7.answer(data, code, text, made, charset)


def allowed(addresses: str, peer: str) -> bool:
    """Whether a laboratory may connect from an address; an empty list allows all."""
    named = [text.strip() for text in addresses.split(",") if text.strip()]
    try:
        there = ipaddress.ip_address(peer.split("%")[0])
        return not named or any(there in ipaddress.ip_network(text, strict=False) for text in named)
    except ValueError:
        return False


class Listener:
    """The open port: frames in, answers out, one message after the other on each connection."""

    def __init__(self, desk: Desk, idle: float) -> None:
        self.desk, self.idle = desk, idle
        self.pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="mllp")
        self.open = 0
        self.stopping = asyncio.Event()

    async def run(self, host: str, port: int, say: Any) -> None:
        """Listen until a signal comes; what is being kept is finished first."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stopping.set)
        await loop.run_in_executor(self.pool, self.desk.read)
        memory.freeze()  # messages are many small objects: each collection would see all there is
        server = await asyncio.start_server(self.serve, host, port, limit=CHUNK)
        say(f"Listening on {host}:{server.sockets[0].getsockname()[1]}")
        try:
            await self.stopping.wait()
        finally:
            server.close()  # without a wait: an idle laboratory must not hold up the end
            self.pool.shutdown(wait=True)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection; it ends when it is idle, floods, or breaks its frames."""
        peer = str((writer.get_extra_info("peername") or ("",))[0])
        self.open += 1
        try:
            if self.open <= MOST_CONNECTIONS:
                await self._talk(reader, writer, peer)
        except (OSError, TimeoutError, FrameTooLarge) as error:
            LOG.info("a connection ended: %s", type(error).__name__)
        finally:
            self.open -= 1
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _talk(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, peer: str
    ) -> None:
        loop = asyncio.get_running_loop()
        frames = Frames(actions.messages.MOST_BYTES)
        while data := await asyncio.wait_for(reader.read(CHUNK), self.idle):
            found = list(frames.feed(data))
            for start in range(0, len(found), TOGETHER):
                some = found[start : start + TOGETHER]
                for answer in await loop.run_in_executor(self.pool, self.desk.take_all, some, peer):
                    writer.write(framed(answer))
                await writer.drain()
                loop.run_in_executor(self.pool, self.desk.read)
