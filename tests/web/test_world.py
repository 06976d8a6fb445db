"""The world that tests of the web application share is what it says."""

from web import world


def test_everybody_is_let_in_as_who_they_are(here: world.World):
    for login in world.ROLES:
        told = here.client(login).get("/api/me").json()
        assert (told["login"], told["roles"]) == (login, [str(role) for role in world.ROLES[login][0]])
    assert here.client("patrol_a", device=["read"]).get("/api/me").json()["login"] == "patrol_a"
    assert here.client().get("/api/me").status_code == 401
    assert here.half("auditor").get("/api/me").status_code == 401


def test_each_unit_has_its_patrols_visits_and_plots(here: world.World):
    assert len(set(here.plots.values())) == 6
    for unit, letter, other in ((world.A, "A", "B"), (world.B, "B", "A")):
        view = here.workspace.store.seen_by(unit)
        assert {record.patrol_id for record in view.records().patrols} == {*here.patrols[unit]}
        seen = {row["plot_id"] for row in view.layer("plots")}
        mine = {here.plots[f"{what}_{letter}"] for what in ("candidate", "open", "found")}
        assert seen == mine | {here.plots[f"open_{other}"]}
