"""From a parsed message to words: what it says, and whose words they are."""
