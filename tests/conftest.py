"""Settings of the whole suite."""

from hypothesis import settings

settings.register_profile("imutrack", deadline=None)  # the first example loads scipy; the machine may be busy
settings.load_profile("imutrack")
