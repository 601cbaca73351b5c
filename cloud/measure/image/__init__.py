"""Images of films and of lithium: uniformity, roughness, correlation length, needles and islands."""
