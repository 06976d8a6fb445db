"""The reception: who may come in, what was handed in, and what work is under way, beside the ledger and apart from it.

People, sessions, devices, counters of tries, hand-ins, jobs and looks change all the time and hold what no copy of the
ledger may carry along: hashes of passwords, secrets of second factors. So they are a database of their own:
``reception.db`` in the workspace's folder where the store is a file, the schema ``<schema>_reception`` beside the store
where that is on a server. What must be true for ever is an event of the ledger; a row here may name it.
"""

from eradication.store.reception.database import FILE_NAME, Reception, is_there, open_reception

__all__ = ["FILE_NAME", "Reception", "is_there", "open_reception"]
