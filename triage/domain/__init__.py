"""What the product is about: messages, labels, cases. Pure: no input or output, no library."""
