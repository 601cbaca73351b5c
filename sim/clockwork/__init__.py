"""A whole laboratory under one virtual clock and one seeded scheduler: real edge and cloud, simulated surroundings."""
