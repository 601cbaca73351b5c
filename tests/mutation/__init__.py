"""Every safety rule changed in every small way: a test must notice."""
