"""What a measured quantity depends on: regression of composition and process, with significance."""
