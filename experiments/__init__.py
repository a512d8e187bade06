"""Experiments that decisions about the model rest on. Not part of the program: they need what is in experiments/requirements.txt."""
