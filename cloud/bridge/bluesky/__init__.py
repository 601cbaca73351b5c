"""A run as documents of Bluesky's event model: start, descriptors, pages of events, references to raw data, stop."""
