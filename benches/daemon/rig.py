"""A daemon over moto, with whatever it needs: what the programs beside this one measure."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ESTATE = ROOT / "tests/estate"
sys.path[:0] = [str(ESTATE), str(ROOT / "benches/scan")]

from run import moto  # noqa: E402

PATIENCE = 120


def until(is_so, what):
    """Waits until something is so."""
    end = time.monotonic() + PATIENCE
    while not is_so():
        if time.monotonic() > end:
            sys.exit(f"never: {what}")
        time.sleep(0.1)


class Rig:
    """moto, a store of some accounts, and the daemon that watches them. Ends with its block."""

    def __init__(self, folder, binaries, accounts, technologies):
        self.folder, self.binaries = Path(folder), Path(binaries).resolve()
        for name in ("secmonkey", "secmonkeyd"):
            if not (self.binaries / name).exists():
                sys.exit(f"{self.binaries / name} is missing: run cargo build --release")
        # The images that AWS offers take moto a second for each account.
        os.environ["MOTO_EC2_LOAD_DEFAULT_AMIS"] = "false"
        self.moto, endpoint = moto(open(self.folder / "moto.log", "w"))
        self.children = [self.moto]
        self.environment = {
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_ACCESS_KEY_ID": "bench",
            "AWS_SECRET_ACCESS_KEY": "bench",
            "AWS_REGION": "us-east-1",
            "HOME": str(self.folder),
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ESTATE),
            "PYTHONDONTWRITEBYTECODE": "1",
            "SECMONKEY_STORE": str(self.folder / "store"),
            "SECMONKEY_CONFIG": str(self.folder / "config.toml"),
        }
        # What this process does to the estate goes there, too.
        os.environ["AWS_ENDPOINT_URL"] = endpoint
        self.off = []
        self.configure("")
        every = (one["id"] for one in self.told("technologies"))
        self.off = [name for name in every if name not in technologies]
        rows = "".join(f"{account},shop-{account[-2:]},us-east-1\n" for account in accounts)
        (self.folder / "accounts.csv").write_text(f"id,name,regions\n{rows}")
        self.secmonkey("account", "import", str(self.folder / "accounts.csv"))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for child in self.children:
            if child.poll() is None:
                child.kill()
                child.wait()

    def configure(self, settings):
        """Writes the configuration file."""
        text = f"{settings}\n[technologies]\noff = {json.dumps(self.off)}\n"
        (self.folder / "config.toml").write_text(text)

    def beside(self, script, *arguments):
        """Starts a program of the estate; returns where it writes lines of JSON."""
        output = self.folder / f"{script}.out"
        command = [sys.executable, ESTATE / script, *arguments]
        with open(output, "w") as file:
            self.children.append(subprocess.Popen(command, env=self.environment, stdout=file))
        until(lambda: "\n" in output.read_text(), f"{script} says something")
        return output

    def secmonkey(self, *arguments):
        """Runs a command, which has to succeed; returns what it prints."""
        command = [self.binaries / "secmonkey", *arguments]
        ran = subprocess.run(command, env=self.environment, capture_output=True, text=True)
        if ran.returncode != 0:
            sys.exit(f"secmonkey {arguments[0]} ended with {ran.returncode}: {ran.stderr}")
        return ran.stdout

    def told(self, *arguments):
        """What a command prints as JSON."""
        return json.loads(self.secmonkey("--format", "json", *arguments))

    def log(self):
        """All events."""
        return [json.loads(line) for line in self.secmonkey("--format", "jsonl", "log").splitlines()]

    @property
    def said(self):
        """What the daemon said."""
        return (self.folder / "daemon.log").read_text()

    def start(self):
        """Starts the daemon; returns it once it has scanned every account."""
        with open(self.folder / "daemon.log", "w") as log:
            command = [self.binaries / "secmonkeyd"]
            self.daemon = subprocess.Popen(command, env=self.environment, stderr=log)
        self.children.append(self.daemon)
        accounts = len(self.told("account", "list"))
        until(lambda: self.said.count(" scanned ") >= accounts, "every account is scanned")
        return self.daemon

    def end(self):
        """Ends the daemon in order, and holds the store against itself; what is wrong."""
        self.daemon.send_signal(signal.SIGTERM)
        began = time.monotonic()
        code = self.daemon.wait()
        took = time.monotonic() - began
        command = [self.binaries / "secmonkey", "verify"]
        verified = subprocess.run(command, env=self.environment, capture_output=True, text=True)
        return {
            f"the daemon ended with {code} after {took:.1f} s": code != 0 or took > 10,
            f"verify: {verified.stderr or verified.stdout}": verified.returncode != 0,
            "the daemon says that it has a defect: see daemon.log": "defect" in self.said,
        }
