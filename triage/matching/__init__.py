"""Which messages are one message, and which messages are one case."""
