"""A private Dovecot on loopback, as root or as anybody."""

import getpass
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from imapclient import IMAPClient

from tests.support import missing

PASSWORD = "correct-horse"

_CONFIG = """
base_dir = {folder}/run
state_dir = {folder}/state
instance_name = triage-tests-{port}
log_path = {folder}/dovecot.log
protocols = imap
listen = 127.0.0.1
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_failure_delay = 0
first_valid_uid = 0
mail_uid = {mail_user}
mail_gid = {mail_group}
mail_location = maildir:{folder}/mail/%u
mail_fsync = never
mail_max_userip_connections = 100
{users}
ssl = {ssl}
{certificate}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={mail_user} gid={mail_group} home={folder}/mail/%u
}}
namespace inbox {{
  inbox = yes
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
  }}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Dovecot:
    """Any user signs in with PASSWORD and has, at first, an empty INBOX."""

    def __init__(self, certificate: Path | None = None) -> None:
        if shutil.which("dovecot") is None:
            missing("dovecot", "dovecot-imapd")
        self.port = free_port()
        self.tls_port = free_port() if certificate else 0
        self.folder = Path(tempfile.mkdtemp(prefix="triage-dovecot-"))
        self.folder.chmod(0o755)
        root = os.geteuid() == 0
        user = "mail" if root else getpass.getuser()
        for name in ("run", "mail", "state"):
            (self.folder / name).mkdir()
        if root:
            shutil.chown(self.folder / "mail", "mail", "mail")
        self._config = self.folder / "dovecot.conf"
        self._config.write_text(
            _CONFIG.format(
                folder=self.folder,
                password=PASSWORD,
                port=self.port,
                tls_port=self.tls_port,
                mail_user=user,
                mail_group=user,
                users="" if root else f"default_login_user = {user}\ndefault_internal_user = {user}\ndefault_internal_group = {user}",
                ssl="yes" if certificate else "no",
                certificate=f"ssl_cert = <{certificate}\nssl_key = <{certificate}" if certificate else "",
            )
        )

    def __enter__(self) -> "Dovecot":
        subprocess.run(["dovecot", "-c", str(self._config)], check=True)
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return self
            except OSError:
                time.sleep(0.05)
        raise RuntimeError(f"dovecot did not start: {(self.folder / 'dovecot.log').read_text()[-2000:]}")

    def __exit__(self, *_: object) -> None:
        master = int((self.folder / "run/master.pid").read_text())
        os.kill(master, signal.SIGTERM)
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline and Path(f"/proc/{master}").exists():
            time.sleep(0.05)
        shutil.rmtree(self.folder, ignore_errors=True)

    def client(self, user: str) -> IMAPClient:
        client = IMAPClient("127.0.0.1", port=self.port, ssl=False, timeout=30)
        client.login(user, PASSWORD)
        return client

    def append(
        self, user: str, messages: Iterable[bytes], *, folder: str = "INBOX", when: datetime | None = None, flags: Iterable[str] = ()
    ) -> None:
        with self.client(user) as client:
            if folder != "INBOX" and not client.folder_exists(folder):
                client.create_folder(folder)
            for raw in messages:
                client.append(folder, raw, flags=tuple(flags), msg_time=when)

    def flags(self, user: str, folder: str = "INBOX") -> dict[int, tuple[bytes, ...]]:
        with self.client(user) as client:
            client.select_folder(folder, readonly=True)
            found = client.fetch(client.search("ALL"), ["FLAGS"])
            return {uid: tuple(sorted(flag for flag in data[b"FLAGS"] if flag != rb"\Recent")) for uid, data in found.items()}

    def delete(self, user: str, uid: int) -> None:
        with self.client(user) as client:
            client.select_folder("INBOX")
            client.delete_messages([uid])
            client.expunge()

    def renumber(self, user: str, uidvalidity: int) -> None:
        """Give the INBOX a new UIDVALIDITY and its messages new UIDs, as a restore from a backup does."""
        for index in (self.folder / "mail" / user).glob("dovecot*"):
            index.unlink()
        subprocess.run(
            ["doveadm", "-c", str(self._config), "mailbox", "update", "-u", user, "--uid-validity", str(uidvalidity), "INBOX"], check=True
        )
