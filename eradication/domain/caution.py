"""What stands by every place that is said to be worth a look: what it rests on, and that it accuses nobody."""

from eradication.errors import N_

NO_PERSONS = N_(
    "Built from ground, access, imagery, past plots, tips and patrols' search; "
    "never from names, ethnicity, households or anything about persons."
)
NO_ACCUSATION = N_(
    "A candidate or a risky cell is not an accusation: it is to be checked, and nothing is concluded until someone was "
    "there."
)
