"""Experts: which comparison is worth their minute, what their answers say, how far each is right."""
