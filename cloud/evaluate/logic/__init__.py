"""Whether what is said of materials can be true together: contradictions among facts, found, ranked and explained."""
