"""What a message is: a scikit-learn model trained from the corpus, and rules where structure alone decides."""
