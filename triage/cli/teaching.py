"""Commands for the model: build it, from the corpus and from what people corrected; measure it, and what becomes of whole streams."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from triage.cli.base import CONFIG, complain, settings, without_secrets
from triage.domain.wording import counted
from triage.errors import CallError

if TYPE_CHECKING:
    from triage.classify.corpus import LabelledMessage
    from triage.settings import Settings


@click.command()
@CONFIG
@click.option("--corpus-only", is_flag=True, help="Learn from the corpus alone, and build the model that comes with the program.")
@click.option("--replace", is_flag=True, help="Take the new model even where it is worse than the one in use.")
@click.option("--cases", is_flag=True, help="Learn, from the streams of the corpus, which messages belong to one case.")
def train(config: Path, corpus_only: bool, replace: bool, cases: bool) -> int:
    """Build the model, and say how good it is on messages it had not met.

    Where people have confirmed or corrected messages, it learns from those too. It takes the place of the model in use only if it
    is no worse on the evaluation set.

    With --cases it learns, from whole streams of mail, which messages belong to one case instead; then restart the service.
    """
    if cases:
        if corpus_only or replace:
            raise CallError("--cases goes alone: it always learns from the streams of the corpus")
        return _train_cases(config)
    from triage import learning
    from triage.printing import print_figures
    from triage.progress import steps

    configured = without_secrets(config)
    taught = [] if corpus_only else _corrections(config, configured)
    chosen = configured.classifier
    with steps("training") as step:
        result = learning.train(
            chosen.corpus, chosen.encoder, chosen.own_model if taught else chosen.model, step,
            corrections=taught, in_use=(chosen.own_model, chosen.model) if taught else (), replace=replace,
        )  # fmt: skip
    manifest = result.manifest
    learnt_from = f"{counted(manifest['messages'] - result.corrections, 'message')} of the corpus"
    if taught:
        learnt_from += f" and {counted(result.corrections, 'message')} that people confirmed or corrected"
    click.echo(f"built {manifest['version']} from {learnt_from}")
    click.echo("\non messages of the training set, each judged by a model that had met no message of its sender:")
    print_figures(manifest["held_out"])
    click.echo("\non the evaluation set, from which nothing was learnt:")
    print_figures(result.candidate)
    if result.kept is not None:
        click.echo(f"\nThe model in use stays: the new one is worse on the evaluation set, {result.kept}.")
    elif taught:
        click.echo(f"\nThe new model takes the place of the one in use; it lies in {chosen.own_model}. Restart the service to use it.")
    elif (chosen.own_model / "manifest.json").exists():
        click.echo(f"\nThe service goes on with the council's own model in {chosen.own_model}. To use the new one, remove that folder.")
    return 0


def _train_cases(config: Path) -> int:
    from triage import case_learning, replay
    from triage.bootstrap import load_judge_with
    from triage.progress import steps

    configured = without_secrets(config)
    corpus, folder = configured.classifier.corpus, configured.matching.model
    with steps("learning") as step:
        step("counting words")
        rarity = case_learning.count_words(corpus / "training")
        learnt = case_learning.train(replay.read(corpus / "streams"), load_judge_with(configured, rarity), folder, step)
    scorer = learnt.finder.scorer
    click.echo(f"built {scorer.version} from {counted(learnt.held_out['messages'], 'message')} that could be on a case")
    click.echo("\non streams that were held out, message by message, each case before it being as it truly was:")
    for name, value in learnt.held_out.items():
        click.echo(f"  {name.replace('_', ' ')}: {value}")
    return 0


def _corrections(config: Path, configured: "Settings") -> "list[LabelledMessage]":
    """What people decided, where there is a store. One that does not exist yet is not made for this."""
    from triage.bootstrap import open_store
    from triage.review import examples

    url = configured.store.url
    if url.startswith("sqlite:///") and not Path(url.removeprefix("sqlite:///")).exists():
        return []
    store = open_store(settings(config, mailbox_secrets=False))
    try:
        return examples(store, configured.council.is_own)
    finally:
        store.close()


@click.command()
@CONFIG
@click.argument("file", required=False, type=click.Path(path_type=Path, readable=False))
@click.option("--html", "page", default=None, type=click.Path(path_type=Path, readable=False), help="Write a page with plots to this file.")
@click.option(
    "--streams", default=None, type=click.Path(path_type=Path, readable=False),
    help="Measure which case each message comes to, on a labelled stream (.jsonl) or a folder of them.",
)  # fmt: skip
@click.option(
    "--order", default=None, type=click.Choice(["as-it-came", "mailbox-by-mailbox", "mailboxes-reversed", "one-batch"]),
    help="With --streams: in which order the mail between two closings of a case is handed over.  [default: as-it-came]",
)  # fmt: skip
@click.option("--missed", is_flag=True, help="With --streams: show the messages too that are not on the case that they belong to.")
@click.option("--json", "as_json", is_flag=True, help="With --streams: print one JSON object.")
def evaluate(
    config: Path, file: Path | None, page: Path | None, streams: Path | None, *, order: str | None, missed: bool, as_json: bool
) -> int:
    """Measure the model on the project's own test set, or on FILE, labelled mail as .jsonl.

    A line of FILE has body, subject, from, to and label: the kind alone, or an object with the labels of the guide.

    With --streams, mail goes all the way instead, into a case store of its own, and what is measured is which case each message comes to.
    A line then also has mailbox, date, message_id, in_reply_to and references, and its label a case (or null), relation and related_to;
    {"event": "close", "case": ..., "date": ...} closes a case.
    """
    if streams is not None:
        if file is not None:
            raise CallError("give either FILE or --streams, not both")
        return _evaluate_streams(config, streams, order or "as-it-came", page, missed=missed, as_json=as_json)
    for given, name in ((order, "--order"), (missed, "--missed"), (as_json, "--json")):
        if given:
            raise CallError(f"{name} goes with --streams only")
    from triage import learning
    from triage.bootstrap import load_model
    from triage.evaluation import Evaluation, write_page
    from triage.printing import print_evaluation

    configured = without_secrets(config)
    if file is not None and not file.exists():
        raise CallError(f"{file}: there is no such file")
    model = load_model(configured)
    source = file or configured.classifier.corpus / "evaluation"
    is_own = configured.council.is_own
    messages = learning.read_labelled(source, is_own)
    found, judgements = learning.evaluate(model, messages, is_own)
    result = Evaluation.of(source.name, model.version, found, messages, judgements)
    print_evaluation(result)
    if page is not None:
        write_page(result, page)
        click.echo(f"\nwritten: {page}")
    return 0


def _evaluate_streams(config: Path, source: Path, order: str, page: Path | None, *, missed: bool, as_json: bool) -> int:
    from triage import replay
    from triage.evaluation import StreamEvaluation, write_streams_page
    from triage.printing import print_streams
    from triage.progress import steps

    configured = without_secrets(config)
    if not source.exists():
        raise CallError(f"{source}: there is no such file or folder")
    streams = replay.read(source)
    chosen = replay.Order(order)
    replays = []
    with replay.wired(configured) as pipeline, steps("evaluating") as step:
        for stream in streams:
            step(f"{stream.name}, {counted(len(stream.messages), 'message')}")
            replays.append(replay.replay(stream, pipeline, chosen))
    result = StreamEvaluation.of(source.name, pipeline.judge.model.version, chosen, replays)
    if as_json:
        click.echo(json.dumps(result.as_dict(missed=missed), ensure_ascii=False, indent=2))
    else:
        print_streams(result, missed=missed)
    if page is not None:
        write_streams_page(result, page, missed=missed)
        click.echo(f"\nwritten: {page}", err=as_json)
    for why, count in result.failed.items():
        complain(f"{counted(count, 'message')} could not be processed, so the figures are worse than they should be: {why}")
    return int(bool(result.failed))


COMMANDS = (train, evaluate)
