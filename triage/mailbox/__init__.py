"""Where mail comes from (IMAP, files) and how its bytes are taken apart."""
