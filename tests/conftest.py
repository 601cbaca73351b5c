"""What holds for all tests: hypothesis judges results, never speed, for machines are shared and noisy."""

from hypothesis import HealthCheck, settings

settings.register_profile("shared machines", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared machines")
