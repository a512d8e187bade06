"""The whole configuration."""

from pydantic import Field, field_validator

from triage.settings.people import SignInSettings, WebSettings
from triage.settings.sections import (
    ClassifierSettings,
    CouncilSettings,
    LimitSettings,
    LogSettings,
    MailboxSettings,
    MatchingSettings,
    PrivacySettings,
    StoreSettings,
    TeamSettings,
)
from triage.settings.values import Section


class Settings(Section):
    """The whole configuration."""

    council: CouncilSettings
    store: StoreSettings
    web: WebSettings = WebSettings()
    sign_in: SignInSettings = SignInSettings()
    classifier: ClassifierSettings = ClassifierSettings()
    matching: MatchingSettings = MatchingSettings()
    limits: LimitSettings = LimitSettings()
    privacy: PrivacySettings = PrivacySettings()
    log: LogSettings = LogSettings()
    team: tuple[TeamSettings, ...] = ()
    mailbox: tuple[MailboxSettings, ...] = Field(min_length=1)

    @field_validator("team")
    @classmethod
    def _teams_differ(cls, value: tuple[TeamSettings, ...]) -> tuple[TeamSettings, ...]:
        names = [team.name for team in value]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f'two teams are called "{name}": give each a name of its own')
        return value

    @field_validator("mailbox")
    @classmethod
    def _names_differ(cls, value: tuple[MailboxSettings, ...]) -> tuple[MailboxSettings, ...]:
        names = [box.name for box in value]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f'two mailboxes are called "{name}": give each a name of its own')
        return value

    def find_mailbox(self, name: str) -> MailboxSettings | None:
        """The mailbox of that name, or None."""
        return next((box for box in self.mailbox if box.name == name), None)
