"""Documents that become units: read in a child process with limits (see __main__.py)."""
