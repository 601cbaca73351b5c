"""Ingest, store, measurement analysis, optimizer and campaigns. Imports protocol only."""
