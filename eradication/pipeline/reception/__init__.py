"""The reception: people and their devices, what they hand in, and the long work done for them.

::

    place      a workspace opened together with its reception
    people     who may come in; invitations, passwords, second factors
    sessions   who is in: signing in, being known, signing out
    devices    tokens of telephones and programs
    tries      how often something may be tried
    hand_ins   what was handed in: kept, receipted, entered into the ledger
    jobs       long work in a lease table, and the worker that does it
    map_pack   the map of a unit's ground that its phones carry
"""
