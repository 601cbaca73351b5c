"""Papers, code and inputs of calculations to trees, and what they say of materials to facts with page or line."""
