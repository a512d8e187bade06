"""The main job on sample mail, with everything it takes on this machine. Nothing outside this package leans on it."""
