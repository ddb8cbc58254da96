"""Nurses at work through both web hosts, and a mail server that counts what arrives."""

import asyncio
import http.client
import json
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from aiosmtpd.handlers import AsyncMessage

from followup.core import clock
from tests.machines.network import SWITCH, Network

PATIENCE = {"POST": 20.0, "GET": 4.0}  # seconds a client waits for an answer
# Later ones are due sooner, so many on a day: a list up to that day shows the newest only.
FARTHEST, A_DAY = 790, 150


class Counting(AsyncMessage):
    """Takes a message, thinks about it, then answers: faults find it at every moment."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: Counter[str] = Counter()

    async def handle_message(self, message: Any) -> None:
        self.seen[message["Message-ID"].strip("<>").partition("@")[0]] += 1
        await asyncio.sleep(0.02)


@dataclass
class Nurse:
    """One person who writes through one web host and at once reads through the other."""

    network: Network
    person: dict[str, str]
    writes_at: str
    reads_at: str
    stop: threading.Event
    acknowledged: list[str] = field(default_factory=list)
    moments: list[float] = field(default_factory=list)
    reads: int = 0
    missed: list[str] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    failures: list[tuple[float, int]] = field(default_factory=list)  # answers of 5xx and when
    faults: list[str] = field(default_factory=list)  # what no machine that fails explains

    def run(self) -> None:
        """Until told to stop; no answer is no acknowledgement, and nothing is sent twice."""
        self.network.enter(SWITCH)
        number = 0
        while not self.stop.is_set():
            number += 1
            about = f"{self.writes_at} {self.person['patient'][:8]} {number}"
            due = str(clock.today() + timedelta(days=FARTHEST - number // A_DAY))
            path = f"/api/v1/patients/{self.person['patient']}/call-backs/"
            said = self._ask("POST", self.writes_at, path, {"about": about, "due_on": due})
            if said is None:
                time.sleep(0.2)
                continue
            self.acknowledged.append(about)
            self.moments.append(time.monotonic())
            rows = self._ask("GET", self.reads_at, f"/api/v1/call-backs/?day={due}")
            if rows is not None:
                self.reads += 1
                if about not in [row["about"] for row in rows["items"]]:
                    self.missed.append(about)

    def _ask(self, method: str, host: str, path: str, body: Any = None) -> Any:
        """The answer, or None; whatever was no success is counted by its kind."""
        address = self.network.addresses[host]
        connection = http.client.HTTPConnection(address, 8000, timeout=PATIENCE[method])
        headers = {"Authorization": f"Bearer {self.person['token']}"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        try:
            connection.request(method, path, json.dumps(body) if body else None, headers)
            reply = connection.getresponse()
            text = reply.read()
        except (OSError, http.client.HTTPException) as error:
            self.refused[type(error).__name__] += 1
            return None
        finally:
            connection.close()
        if reply.status not in (200, 201):
            self.refused[str(reply.status)] += 1
            if reply.status >= 500:
                self.failures.append((time.monotonic(), reply.status))
            else:
                self.faults.append(f"{method} {path}: {reply.status} {text.decode()}")
                self.stop.set()
            return None
        return json.loads(text)


class Load:
    """All nurses."""

    def __init__(self, network: Network, people: list[dict[str, str]], webs: list[str]) -> None:
        self.stop = threading.Event()
        first, second = webs
        ways = [(first, second), (second, first)]
        self.nurses = [
            Nurse(network, person, *ways[number % 2], self.stop)
            for number, person in enumerate(people)
        ]
        self.threads = [threading.Thread(target=nurse.run) for nurse in self.nurses]

    def start(self) -> None:
        """Begin."""
        for thread in self.threads:
            thread.start()

    def end(self) -> None:
        """No more; returns when the last answer has come."""
        self.stop.set()
        for thread in self.threads:
            thread.join()

    def acknowledged(self) -> list[str]:
        """Every write that was acknowledged."""
        return [about for nurse in self.nurses for about in list(nurse.acknowledged)]

    def faults(self) -> list[str]:
        """What was refused or failed by no fault of a machine."""
        return [fault for nurse in self.nurses for fault in list(nurse.faults)]

    def count(self, since: float, until: float = float("inf")) -> int:
        """How many writes were acknowledged in between."""
        return sum(since < at <= until for nurse in self.nurses for at in list(nurse.moments))

    def back(self, since: float, patience: float) -> float:
        """Seconds until a write came through each web host after a moment."""
        end = time.monotonic() + patience
        while time.monotonic() < end:
            assert not self.stop.is_set(), self.faults()
            first: dict[str, float] = {}
            for nurse in self.nurses:
                later = [at for at in list(nurse.moments) if at > since]
                if later:
                    at = min(later[0], first.get(nurse.writes_at, later[0]))
                    first[nurse.writes_at] = at
            if len(first) == len({nurse.writes_at for nurse in self.nurses}):
                return max(first.values()) - since
            time.sleep(0.1)
        raise AssertionError(f"no write came through every web host within {patience:.0f} s")
