"""Messages from the benches to committed rows, and the receipts that let the benches forget."""
