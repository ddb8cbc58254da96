#!/bin/sh
# paramiko 5.1.0 cannot list a folder in which one name is GBK, and asyncssh 2.24.1 only as bytes.
# SFTP version 3 (draft-ietf-secsh-filexfer-02, section 7): a file name is a string of bytes, its
# encoding is not said; a gateway of a Chinese authority lays files under GBK names. One would expect
# the name as bytes, or the other names of the folder at least.
# paramiko raises UnicodeDecodeError from listdir, also when the folder is asked for as bytes, and
# gives none of the names; asyncssh raises SFTPBadMessage for listdir("."), listdir(b".") gives both.
# Exit 0: still so. Exit 1: the behaviour has changed. Exit 2: the packages could not be installed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet asyncssh==2.24.1 paramiko==5.1.0 2>"$folder/log" ||
    { cat "$folder/log"; exit 2; }
"$folder/venv/bin/python" -W ignore - "$folder" <<'PY'
import asyncio
import os
import sys

import asyncssh
import paramiko

root = os.path.join(sys.argv[1], "served")
os.mkdir(root)
gbk = "回执.ack".encode("gbk")
for name in (b"a.ack", gbk):
    open(os.path.join(os.fsencode(root), name), "wb").close()
key = asyncssh.generate_private_key("ssh-ed25519")


class Server(asyncssh.SSHServer):
    def begin_auth(self, username):
        return False


def with_paramiko(port, path):
    transport = paramiko.Transport(("127.0.0.1", port))
    try:
        transport.connect()
        transport.auth_none("u")
        return paramiko.SFTPClient.from_transport(transport).listdir(path)
    except UnicodeDecodeError as error:
        return type(error).__name__
    finally:
        transport.close()


async def main():
    server = await asyncssh.create_server(
        Server, "127.0.0.1", 0, server_host_keys=[key],
        sftp_factory=lambda channel: asyncssh.SFTPServer(channel, chroot=root),
    )
    port = server.get_port()
    said = {}
    keys = ([key.convert_to_public()], [], [])
    async with asyncssh.connect("127.0.0.1", port, username="u", known_hosts=keys) as line:
        async with line.start_sftp_client() as client:
            for path in (".", b"."):
                try:
                    names = await client.listdir(path)
                    said["asyncssh", path] = sorted(n for n in names if n.strip("." if path == "." else b"."))
                except asyncssh.SFTPError as error:
                    said["asyncssh", path] = type(error).__name__
    for path in (".", b"."):
        said["paramiko", path] = await asyncio.to_thread(with_paramiko, port, path)
    server.close()
    return said


said = asyncio.run(main())
print("asyncssh", asyncssh.__version__, "paramiko", paramiko.__version__)
for (library, path), names in said.items():
    print(f"{library} listdir({path!r}) = {names}")
wanted = {
    ("asyncssh", "."): "SFTPBadMessage",
    ("asyncssh", b"."): [b"a.ack", gbk],
    ("paramiko", "."): "UnicodeDecodeError",
    ("paramiko", b"."): "UnicodeDecodeError",
}
sys.exit(0 if said == wanted else 1)
PY
