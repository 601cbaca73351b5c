"""What holds for all tests: no deadline for hypothesis' examples, machines are shared and noisy."""

from hypothesis import settings

settings.register_profile("shared machines", deadline=None)
settings.load_profile("shared machines")
