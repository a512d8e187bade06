"""Commands for the model: build it, from the corpus and from what people corrected; measure it."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from triage.cli.base import CONFIG, counted, settings, without_secrets
from triage.errors import CallError

if TYPE_CHECKING:
    from triage.classify.corpus import LabelledMessage
    from triage.settings import Settings


@click.command()
@CONFIG
@click.option("--corpus-only", is_flag=True, help="Learn from the corpus alone, and build the model that comes with the program.")
@click.option("--replace", is_flag=True, help="Take the new model even where it is worse than the one in use.")
def train(config: Path, corpus_only: bool, replace: bool) -> int:
    """Build the model, and say how good it is on messages it had not met.

    Where people have confirmed or corrected messages, it learns from those too. It takes the place of the model in use only if it
    is no worse on the evaluation set.
    """
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
def evaluate(config: Path, file: Path | None, page: Path | None) -> int:
    """Measure the model on the project's own test set, or on FILE, labelled mail as .jsonl.

    A line of FILE has body, subject, from, to and label: the kind alone, or an object with the labels of the guide.
    """
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


COMMANDS = (train, evaluate)
