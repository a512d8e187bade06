"""The case store: SQLAlchemy over SQLite or PostgreSQL. The only package that knows SQL."""
