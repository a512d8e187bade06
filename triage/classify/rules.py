"""Messages that are `none` by their structure alone, whatever words they hold (labelling guide, section 1)."""

from dataclasses import replace

from triage.domain.labels import Classification, Kind
from triage.domain.message import Authorship, ParsedMessage, Structure

# Of the messages in the corpus that these rules decide, every one is labelled none; the figure leaves room for one in a hundred.
_RULE_CONFIDENCE = 0.99
# A person who answers an invitation with words of their own may have said something that matters.
_A_FEW_WORDS = 20

_REASONS = {
    Structure.BOUNCE: "It is a delivery report from a mail server, not a message from a person.",
    Structure.AUTO_REPLY: "It is an automatic reply, sent by a machine.",
    Structure.RECEIPT: "It is a read receipt.",
    Structure.CALENDAR: "It is a calendar invitation or the answer to one.",
}


def decide(message: ParsedMessage, whose: Authorship, internal: bool) -> tuple[str, bool] | None:
    """The reason why a message is `none` by rule, and whether that is sure enough without a person; None where no rule applies.

    `whose` holds its words; `internal` is true where the sender is an officer.
    """
    reason = _REASONS.get(message.structure)
    if reason is not None:
        wordy_answer = message.structure is Structure.CALENDAR and not internal and len(whose.text) > _A_FEW_WORDS
        return reason, not wordy_answer
    if not whose.text and not message.subject and not message.attachments:
        return "It is empty: no subject, no text, nothing attached.", True
    return None


def apply(classification: Classification, rule: tuple[str, bool]) -> Classification:
    """The classification with its kind decided by `rule`; the model's other labels stay, those of a case go."""
    reason, sure = rule
    sure = sure or (classification.sure and classification.labels.kind is Kind.NONE)
    labels = replace(classification.labels, kind=Kind.NONE, process=None, themes=(), outside_scope=False)
    by = f"rule, and {classification.decided_by}" if classification.decided_by else "rule"
    return Classification(labels, _RULE_CONFIDENCE, sure, by, (reason,), by_rule=True)
