"""Runs the migrations on the connection that `triage.store.engine` hands over."""

from alembic import context

from triage.store.schema import Base

context.configure(connection=context.config.attributes["connection"], target_metadata=Base.metadata, render_as_batch=True)
context.run_migrations()
