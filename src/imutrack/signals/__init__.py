"""Uniform signals: resampling, filters, orientation and axes; pure numpy, no files, no sockets, no logging."""
