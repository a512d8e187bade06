"""Commands that bring mail in: one poll, a backlog from files, the service, the demo."""

import json
import logging
import signal
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from triage import __version__
from triage.cli.base import CONFIG, complain, settings, stopping_at, the_parts
from triage.domain.wording import counted


@click.command()
@CONFIG
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def poll(config: Path, as_json: bool) -> int:
    """Read every mailbox once and log what is new."""
    from triage.progress import Progress

    with Progress() as progress, the_parts(config, progress.observer) as parts, stopping_at(signal.SIGTERM, signal.SIGINT) as stop:
        parts.pipeline.stop = stop
        tallies = [parts.pipeline.poll(source) for source in parts.mailboxes if not stop.is_set()]
        parts.pipeline.forget_expired(parts.settings.privacy.keep_waiting)
    if as_json:
        click.echo(json.dumps({"mailboxes": [asdict(tally) for tally in tallies]}))
    else:
        for tally in tallies:
            done = f"{tally.fetched} fetched, {tally.logged} logged ({tally.none} of them no case), {tally.quarantined} quarantined"
            if not tally.error:
                click.echo(f"{tally.name}: {done}, {tally.seconds:.1f} s")
            else:
                click.echo(f"{tally.name}: FAILED" + (f" after {done}" if tally.fetched else ""))
    for tally in tallies:
        if tally.error:
            complain(tally.error)
    return int(any(tally.error for tally in tallies))


@click.command(name="import")
@CONFIG
@click.option("--mailbox", required=True, help="The mailbox that the mail belongs to, by its name in the configuration.")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path, readable=False))
def import_(config: Path, mailbox: str, paths: tuple[Path, ...]) -> int:
    """Log mail from files: .eml and Outlook's .msg, folders of them, Maildirs and mbox files.

    What is there already is passed over. A message that another program has changed (a header more, say) is a repeat on its case.
    """
    from triage.progress import Progress

    with Progress() as progress, the_parts(config, progress.observer) as parts, stopping_at(signal.SIGTERM, signal.SIGINT) as stop:
        parts.pipeline.stop = stop
        source = parts.files(mailbox, paths)
        tally = parts.pipeline.take(source)
    before = source.found - tally.fetched if tally.error is None and not stop.is_set() else 0
    click.echo(
        f"{mailbox}: {counted(source.found, 'message')}, {before} there already; {tally.logged} logged ({tally.none} of them no case), "
        f"{tally.quarantined} quarantined"
        + (f"; {counted(source.passed_over, 'file')} in the folders passed over, not .eml, .msg or .mbox" if source.passed_over else "")
    )
    problems = [*source.problems, *([tally.error] if tally.error else [])]
    if stop.is_set():
        problems.append("stopped before the end: call it again, and what is logged already is passed over")
    for problem in problems:
        complain(problem)
    return int(bool(problems))


@click.command()
@CONFIG
def run(config: Path) -> int:
    """Run as a service until SIGTERM: read the mailboxes, serve the queue; then finish the message in hand and end."""
    from triage import accounts
    from triage.scheduler import Service
    from triage.web.app import create_app
    from triage.web.opening import Backlog, office_of
    from triage.web.serving import served

    logging.basicConfig(
        level=settings(config, sign_in_secret=True).log.level, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s %(message)s"
    )
    # Both say at length what they are about to do.
    for library in ("apscheduler", "alembic"):
        logging.getLogger(library).setLevel(logging.WARNING)
    log = logging.getLogger("triage.service")
    backlog = Backlog()
    with stopping_at(signal.SIGTERM, signal.SIGINT) as stop, the_parts(config, backlog.observer) as parts:
        log.info("started version=%s model=%s mailboxes=%d", __version__, parts.pipeline.judge.model.version, len(parts.mailboxes))

        def polled(tally: Any) -> None:
            if tally.fetched:
                log.info(
                    "polled mailbox=%s fetched=%d logged=%d none=%d quarantined=%d seconds=%.1f",
                    tally.name, tally.fetched, tally.logged, tally.none, tally.quarantined, tally.seconds,
                )  # fmt: skip

        web = parts.settings.web
        with served(create_app(office_of(parts, backlog)), web) as address:
            log.info("the queue is served at=%s behind=%s", web.listen, address)
            if parts.settings.sign_in.openid is None and not accounts.users(parts.store):
                log.warning("nobody can sign in yet: add somebody with `user add NAME --role administrator`")
            Service(parts, polled).run_until(stop)
        log.info("stopped")
    return 0


@click.command()
@click.option(
    "--config",
    type=click.Path(path_type=Path, readable=False),
    default=Path("config/demo.toml"),
    show_default=True,
    help="The configuration file.",
)
@click.option("--once", is_flag=True, help="Log the sample mail, print the summary and end.")
@click.option("--listen", default=None, metavar="HOST:PORT", help="Where the review queue listens.")
def demo(config: Path, once: bool, listen: str | None) -> int:
    """Show the main job on sample mail, with an IMAP server that this command starts."""
    from triage.demo.show import show

    with stopping_at(signal.SIGTERM, signal.SIGINT) as stop:
        return show(config, once=once, listen=listen, stop=stop)


COMMANDS = (poll, import_, run, demo)
