"""The whole family of errors, and what each one stops.

An error carries its policy in its class: what it ends (the program, one mailbox's poll, one message) and the exit
status of the command that meets it (0 done, 1 something failed, 2 the call or the configuration is wrong).
Its text is one line of plain English that says what to do, and never holds a name, subject, address or words of a mail.
"""


class TriageError(Exception):
    """Something failed and the program said what."""

    exit_status = 1


class ConfigurationError(TriageError):
    """The configuration is wrong: the program refuses to start."""

    exit_status = 2


class CallError(TriageError):
    """The command was called with something that does not exist or makes no sense."""

    exit_status = 2


class NotFound(CallError):
    """What was asked for does not exist, or the person who asks may not see it: they are told the same."""


class NotAllowed(CallError):
    """The person who asks has not the right to do this, whatever it is done to."""


class ModelError(TriageError):
    """The classifier's model or its corpus cannot be used: the program refuses to start."""


class StoreError(TriageError):
    """The case store cannot be reached or is not as this version needs it."""


class StoreUnavailable(StoreError):
    """The case store does not answer, is locked or full. Whatever was in hand is not at fault and is taken again later."""


class ConflictError(TriageError):
    """Someone else changed the same thing first; nothing was changed by this call.

    `lately` says who did what to it last, where that is known.
    """

    def __init__(self, text: str, *, lately: str | None = None) -> None:
        super().__init__(text)
        self.lately = lately


class MailboxError(TriageError):
    """One mailbox could not be read. Its poll is failed, never 'nothing new'; the other mailboxes go on."""


class FetchError(MailboxError):
    """The connection or the server failed while this UID's message was being fetched.

    `folder`, `uidvalidity`, `known_below` and the UIDs from `uid` to `last_uid` say which messages were in hand, so that one
    that breaks the connection every time can be told from a network that broke once.
    """

    def __init__(self, text: str, *, folder: str, uidvalidity: int, known_below: int, uid: int, last_uid: int) -> None:
        super().__init__(text)
        self.folder = folder
        self.uidvalidity = uidvalidity
        self.known_below = known_below
        self.uid = uid
        self.last_uid = last_uid


class MessageError(TriageError):
    """One message cannot be processed: it is quarantined with this text, and the next one goes on."""


class FileError(TriageError):
    """A file given to `import` or `classify` is not mail or cannot be read; the other files go on."""
