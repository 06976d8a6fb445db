"""The web application: a thin shell over the pipeline. Begin reading at ``app.py``.

::

    request → log → headers → limits → gate (default deny) → route → pipeline → page or JSON

Who may ask what stands in ``rights.csv``, one line a route; what is not in it is denied.
"""
