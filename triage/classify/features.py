"""What the classifier sees of a message: its words, and a few marks of where it came from.

One row is a pair of texts: (subject and words, marks). Training and service build it by the same function, so that the model
never meets a feature that it did not learn.
"""

from dataclasses import dataclass

# Longer mail is judged by its beginning: beyond this, words repeat and cost time.
_JUDGED_CHARACTERS = 20_000


@dataclass(frozen=True, slots=True)
class Sample:
    """A message as the classifier sees it.

    `internal` is true where the sender is at one of the council's own domains; `listed` where a mailing list sent it. That a
    machine sent it is no mark: web forms hold families' complaints, and automatic replies are decided by rule.
    """

    subject: str
    text: str
    internal: bool
    listed: bool

    def row(self) -> tuple[str, str]:
        """The two columns that the model takes."""
        marks = ["internal" if self.internal else "external"] + ["listed"] * self.listed
        return f"{self.subject}\n{self.text[:_JUDGED_CHARACTERS]}", " ".join(marks)
