"""Other people's scripts for the phone, in ``vendor/``: not part of the source, see :mod:`.install`."""
