"""The outside world → domain values: patrol files, visit tables, boundaries, imagery.

Keep this module empty: the worker process imports it for every file.
"""
