"""The review queue: where the complaints team works. The only importer of Flask."""
