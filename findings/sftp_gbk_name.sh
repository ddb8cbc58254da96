#!/bin/sh
# paramiko 5.1.0 cannot list a folder in which one name is GBK, also when it is asked for as bytes.
# SFTP version 3 (draft-ietf-secsh-filexfer-02, section 7): a file name is a string of bytes, its
# encoding is not said; a gateway of a Chinese authority lays files under GBK names. One would expect
# the name as bytes, or the other names of the folder at least: UnicodeDecodeError, and no name.
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
for name in (b"a.ack", "回执.ack".encode("gbk")):
    open(os.path.join(os.fsencode(root), name), "wb").close()


class Server(asyncssh.SSHServer):
    def begin_auth(self, username):
        return False


def listed(port, path):
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
        Server, "127.0.0.1", 0, server_host_keys=[asyncssh.generate_private_key("ssh-ed25519")],
        sftp_factory=lambda channel: asyncssh.SFTPServer(channel, chroot=root),
    )
    said = [await asyncio.to_thread(listed, server.get_port(), path) for path in (".", b".")]
    server.close()
    return said


said = asyncio.run(main())
print("paramiko", paramiko.__version__, "listdir('.'), listdir(b'.') =", said)
sys.exit(0 if said == ["UnicodeDecodeError"] * 2 else 1)
PY
