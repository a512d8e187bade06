"""Milliseconds per message for each step of the way of a message, and the whole as a ratio to fetch and parse.

2,000 messages are made from the hand-written corpus in the shapes of common mail programs, put into a real Dovecot, and logged
by the real pipeline into SQLite in one run. Then each is understood once more by itself, on one core: the median is what a
single message costs, from bytes to labels, reasons and names.
"""

import argparse
import html
import json
import resource
import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path

from tests.support.dovecot import PASSWORD, Dovecot
from tests.support.mail import ROOT
from tests.support.program import write_config
from triage.domain.message import Arrival, MailboxKind, Place
from triage.judge import Judge

_STEPS = ("fetch", "parse", "classify", "match", "commit")


def generated(count: int) -> Iterator[bytes]:
    """Messages of every common shape: plain, plain and HTML, HTML only, with an attachment, in a thread, sent twice."""
    rows = [
        json.loads(line)
        for file in sorted((ROOT / "models/corpus/training").glob("*.jsonl"))
        for line in file.read_text("utf-8").splitlines()
    ]
    start = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
    for number in range(count):
        row = rows[number % len(rows)]
        name, _, address = row["from"].rpartition("<")
        message = EmailMessage(policy=SMTP)
        sent = format_datetime(start + timedelta(minutes=number))
        message["Received"] = f"from mx.example by mail.ashmere.example with ESMTPS id {number:x}; {sent}"
        message["From"] = f"{name.strip()} <{number // 3}.{address.rstrip('>')}>" if name else f"{number // 3}.{address}"
        message["To"], message["Subject"] = "complaints@ashmere.example", row["subject"]
        message["Date"] = sent
        message["Message-ID"] = f"<{number}@bench.example>"
        message["MIME-Version"] = "1.0"
        message["X-Mailer"] = "Microsoft Outlook 16.0"
        if number % 5 == 4:
            message["In-Reply-To"] = message["References"] = f"<{number - 1}@bench.example>"
        paragraphs = "".join(f'<p class="MsoNormal">{html.escape(line)}<o:p></o:p></p>' for line in row["body"].splitlines())
        page = f"<html><head><style>p.MsoNormal {{margin:0cm;font-size:11.0pt}}</style></head><body><div>{paragraphs}</div></body></html>"
        if number % 10 == 9:
            message.set_content(page, subtype="html")
        else:
            message.set_content(row["body"])
            if number % 10 >= 4:
                message.add_alternative(page, subtype="html")
        if number % 20 == 0:
            message.add_attachment(bytes(range(256)) * 40, maintype="application", subtype="pdf", filename="letter.pdf")
        yield message.as_bytes()


def understood_alone(judge: Judge, messages: list[bytes]) -> list[float]:
    """Milliseconds of processor time for each message by itself, from bytes to labels."""
    times = []
    for raw in messages:
        arrival = Arrival(Place("complaints", MailboxKind.SHARED, "INBOX"), raw, len(raw), None)
        started = time.process_time()
        judge.classify([judge.read(arrival)])
        times.append((time.process_time() - started) * 1000)
    return times


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=2000)
    count = parser.parse_args().messages
    import os

    os.environ["TRIAGE_TEST_PASSWORD"] = PASSWORD
    # One core: the linear algebra library would take every one.
    os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"
    from triage import settings
    from triage.bootstrap import build, open_store

    with Dovecot() as server, tempfile.TemporaryDirectory(prefix="triage-bench-") as folder:
        messages = list(generated(count))
        server.append("complaints", messages)
        configured = settings.load(write_config(Path(folder), {"complaints": "shared"}, port=server.port))
        # Its tables are made once in a store's life, and are no part of loading the model.
        open_store(configured).close()
        started = time.perf_counter()
        parts = build(configured)
        parts.pipeline.judge.finder.find("Sandra Whitlock")
        loading = time.perf_counter() - started
        started = time.perf_counter()
        tally = parts.pipeline.poll(parts.mailboxes[0])
        whole = time.perf_counter() - started
        found = parts.store.counts()
        alone = understood_alone(parts.pipeline.judge, messages)
        parts.store.close()
    if tally.error or tally.logged != count:
        raise SystemExit(f"{tally.logged} of {count} logged: {tally.error}")
    spent = parts.pipeline.spent
    base = spent["fetch"] + spent["parse"]
    size = sum(map(len, messages)) / count / 1000
    print(f"{count:,} messages of {size:.1f} kB on average; {found['cases']:,} cases opened, {tally.none:,} messages of no case")
    for step in _STEPS:
        print(f"{step:10} {spent[step] / count * 1000:7.2f} ms per message  {spent[step] / base:5.2f} of fetch + parse")
    cuts = statistics.quantiles(alone, n=20)
    print(f"understanding one message alone: median {statistics.median(alone):.1f} ms, 95 of 100 under {cuts[-1]:.1f} ms")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"loading libraries and models: {loading:.1f} s; memory at its peak: {peak:.0f} MiB")
    print(f"{'the whole':10} {whole / count * 1000:7.2f} ms per message  {whole / base:5.2f} of fetch + parse")


if __name__ == "__main__":
    main()
