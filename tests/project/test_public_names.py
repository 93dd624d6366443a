"""The public Python API is a handful of names, each importable, documented and typed."""

import inspect
import subprocess
import sys

import pytest

import imutrack


@pytest.mark.parametrize("name", imutrack.__all__)
def test_every_public_name_is_there_and_documented(name):
    assert inspect.getdoc(getattr(imutrack, name))


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'analyze_this'"):
        imutrack.analyze_this  # noqa: B018  # the access is the test


def test_help_starts_without_numpy():
    code = "import sys; sys.argv = ['imutrack', '--help']\nfrom imutrack.cli import main\ntry:\n    main()\nexcept SystemExit:\n    pass\nassert 'numpy' not in sys.modules"  # noqa: E501  # one program
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
