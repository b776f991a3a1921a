"""A busy machine makes an example slow; that is no fault of what is tested."""

from hypothesis import HealthCheck, settings

# A test's own list of checks would take the place of this one: what any test leaves out is here
settings.register_profile(
    "any machine",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    database=None,
)
settings.load_profile("any machine")
