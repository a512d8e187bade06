"""The configuration: one TOML file, read once, typed, frozen. `docs/configuration.md` explains every key.

Secrets never stand in the file: it names an environment variable (`..._env`) or a file (`..._file`) that holds them.
"""

from triage.settings.people import OpenIdSettings, SignInSettings, WebSettings
from triage.settings.reading import load
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
from triage.settings.values import contrast_with_white
from triage.settings.whole import Settings

__all__ = [
    "ClassifierSettings",
    "CouncilSettings",
    "LimitSettings",
    "LogSettings",
    "MailboxSettings",
    "MatchingSettings",
    "OpenIdSettings",
    "PrivacySettings",
    "Settings",
    "SignInSettings",
    "StoreSettings",
    "TeamSettings",
    "WebSettings",
    "contrast_with_white",
    "load",
]
