"""The laboratory's own certificates: who may talk to the broker, and as whom."""
