"""Settings of the whole suite.

Property tests use the same examples in every run, so that a red run means a change; `pytest --hypothesis-profile=hunt`
looks for new ones.
"""

from hypothesis import settings

settings.register_profile("same", deadline=None, derandomize=True)  # no deadline: the first example loads scipy
settings.register_profile("hunt", deadline=None)
settings.load_profile("same")
