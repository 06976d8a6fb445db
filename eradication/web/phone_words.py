"""Everything the phone's pages say, by key: scripts bear no words of their own."""

from collections.abc import Mapping
from types import MappingProxyType

from eradication.domain import SelectionMode, State
from eradication.domain.codes import Code
from eradication.errors import N_
from eradication.i18n import LANGUAGES, translator

SCREENS: Mapping[str, str] = MappingProxyType(
    {
        "nav.today": N_("Today"),
        "nav.track": N_("Walk"),
        "nav.visit": N_("Forms"),
        "nav.tip": N_("Tip"),
        "nav.queue": N_("To send"),
        "net.on": N_("online"),
        "net.off": N_("no network"),
        "simulated": N_("Simulated data – an exercise, nothing here is real"),
        "update.there": N_("A new version is ready."),
        "update.take": N_("Use it now"),
        "sign_in.link": N_("Sign in"),
        "sign_in.nobody": N_("not signed in"),
        "sign_in.title": N_("Sign in first"),
        "sign_in.first": N_("Sign in once while there is a network; after that this phone also works without one."),
        "sign_out.act": N_("Sign out of this phone"),
        "sign_out.waiting_title": N_("Signed out of this phone"),
        "sign_out.waiting": N_(
            "There is no network, so the server has not heard it yet. Open this page where there is one, before "
            "somebody else uses the phone. Records that wait stay sealed."
        ),
        "sign_out.hint": N_("The list and the map leave the phone. What waits stays sealed until you sign in again."),
        "today.title": N_("Today's places"),
        "today.valid_until": N_("This list leaves the phone at {when}."),
        "today.nothing": N_("No place is planned for your unit today."),
        "today.new_place": N_("A place that is not on the list"),
        "today.more": N_("Show {count} more"),
        "today.class": N_("class {class}"),
        "today.sign_in": N_("Your session is over. Sign in again to send and to renew the list."),
        "today.rests": N_("What waits is sent. To renew the list and the map, sign in."),
        "today.disabled": N_(
            "The office has ended the access of this person or phone. The list was taken off it. What waits stays "
            "here, sealed: export it to a file and take that to the office."
        ),
        "today.revoked": N_(
            "This phone may not read any more. The list was taken off it; what waits is kept and can be exported."
        ),
        "today.expired": N_(
            "The list was older than its time and was taken off the phone. Records can still be written."
        ),
        "today.none": N_("No list: there is no network. Records can still be written."),
        "wind.here": N_("you are there"),
        "wind.n": N_("north"),
        "wind.ne": N_("north-east"),
        "wind.e": N_("east"),
        "wind.se": N_("south-east"),
        "wind.s": N_("south"),
        "wind.sw": N_("south-west"),
        "wind.w": N_("west"),
        "wind.nw": N_("north-west"),
        "map.title": N_("Map of today's places"),
        "map.none": N_("The map cannot be shown on this phone; use the list."),
        "map.fetch": N_("Fetch the map"),
        "map.renew": N_("Renew the map"),
        "map.fetching": N_("Fetching: {size}"),
        "map.making": N_("The office is making the map. It comes by itself."),
        "map.making_part": N_("The office is making the map: {done} of {total}. It comes by itself."),
        "map.failed": N_("The map was not fetched. Try again where the network is better."),
        "map.kept": N_("Map on the phone: {size}."),
        "map.remarks": N_("To be known of this map: {count}"),
        "map.missing": N_("The map is not on the phone yet."),
        "map.pick": N_("Choose a point on the map"),
        "map.pick_hint": N_("Move the map until the cross is on the place."),
        "map.take": N_("Take this point"),
        "map.cancel": N_("Back without a point"),
        "kind.visit": N_("Check"),
        "kind.tip": N_("Tip"),
        "kind.track": N_("Walk"),
        "kind.eradication_visit": N_("Check"),
        "kind.eradication_eradication": N_("Eradication"),
        "kind.eradication_verification": N_("Verification"),
        "kind.eradication_tip": N_("Tip"),
        "track.walk": N_("Walk"),
        "track.boundary": N_("Boundary"),
    }
)
FORMS: Mapping[str, str] = MappingProxyType(
    {
        "form.kinds": N_("Kind of form"),
        "form.known": N_("Filled in"),
        "form.more": N_("More (optional)"),
        "form.optional": N_("(optional)"),
        "form.needed": N_("This is needed."),
        "form.refused": N_("This cannot be right."),
        "form.save": N_("Seal and keep"),
        "form.kept": N_("Sealed and kept. It is sent as soon as there is a network."),
        "form.not_kept": N_("It was not kept. Try again."),
        "form.no_space": N_("The phone is full: nothing was kept. Free some space, then save again."),
        "form.sealing": N_("Sealing …"),
        "form.take_photo": N_("Take a photo"),
        "form.photo_again": N_("Take it anew"),
        "form.photo_sealed": N_("Photo sealed, {size}"),
        "form.leave": N_("Leave without keeping what you wrote?"),
        "form.stay": N_("Go on writing"),
        "form.discard": N_("Throw it away"),
        "place.gps": N_("Take my position"),
        "place.tap": N_("Choose on the map"),
        "place.listening": N_("Waiting for the position …"),
        "place.waiting": N_("± {metres} m, waiting for better …"),
        "place.good": N_("Position taken, ± {metres} m"),
        "place.tapped": N_("Point chosen on the map"),
        "place.forbidden": N_("The phone may not tell its position. Allow it in the settings, or choose on the map."),
        "place.none": N_("No position yet. Step out from under trees, or choose on the map."),
        "walk.title": N_("Write down the walk"),
        "walk.start": N_("Begin the walk"),
        "walk.stop": N_("End the walk"),
        "walk.idle": N_("Nothing is being written down."),
        "walk.running": N_("Writing down the walk"),
        "walk.running_short": N_("Walk running"),
        "walk.no_position": N_("No position. The walk goes on as soon as there is one."),
        "walk.since": N_("Begun at"),
        "walk.length": N_("Length"),
        "walk.fixes": N_("Positions"),
        "walk.accuracy": N_("Accuracy"),
        "walk.kept": N_("The walk is sealed and kept."),
        "walk.empty": N_("No position was written down."),
        "walk.recovered": N_("A walk that was cut off is kept up to its last minute."),
        "walk.lost": N_("A walk was cut off before its first minute was kept: nothing of it is left."),
        "walk.hint": N_(
            "Keep this page open and the screen on. Each minute is sealed at once; only the office can read it."
        ),
        "boundary.title": N_("Measure a boundary"),
        "boundary.walk": N_("Walk round the edge"),
        "boundary.start": N_("Begin at a corner"),
        "boundary.again": N_("Walk round a second time"),
        "boundary.stop": N_("Round is finished"),
        "boundary.use": N_("Use this area"),
        "boundary.close": N_("Done"),
        "boundary.leave": N_("Back"),
        "boundary.canopy": N_("Under trees"),
        "boundary.hint": N_("Walk along the edge and come back to where you began. Two rounds are better than one."),
        "boundary.kept_when": N_(
            "The area counts only when you press the last button; the walk itself is kept anyway."
        ),
        "boundary.leave_running": N_("The boundary is still being walked. Leave and end it?"),
        "boundary.stay": N_("Go on walking"),
        "boundary.end": N_("End it; the walk is kept, the area is not"),
        "boundary.recovered": N_("A boundary was cut off: the walk is kept, its area has to be measured anew."),
        "boundary.lost": N_("A boundary was cut off before anything of it was kept: measure it anew."),
        "boundary.ready": N_("Stand at a corner of the plot."),
        "boundary.open": N_("Go on until you are back at the beginning."),
        "boundary.closed": N_("The round is closed: you may finish."),
        "boundary.crossed": N_("The walk crosses itself: walk round again."),
        "boundary.not_usable": N_("The round is not closed, or too small to be measured by walking."),
        "boundary.once": N_("Measured once. A second round tells how good it is."),
        "boundary.agree": N_("The two rounds agree (they differ by {percent} %)."),
        "boundary.differ": N_("The two rounds differ by {percent} %: walk round once more."),
        "boundary.area": N_("{area} ± {error} m² (95 %)"),
        "boundary.area_name": N_("Area"),
        "boundary.perimeter": N_("Perimeter"),
        "boundary.gap": N_("To the beginning"),
    }
)
SENDING: Mapping[str, str] = MappingProxyType(
    {
        "queue.title": N_("Waiting and sent"),
        "queue.send": N_("Send now"),
        "queue.nothing": N_("Nothing waits."),
        "queue.open": N_("Without a receipt: {count}. They are on this phone only."),
        "queue.recording": N_("no receipt yet – being written"),
        "queue.waiting": N_("no receipt yet – waits to be sent"),
        "queue.sending": N_("no receipt yet – is being sent"),
        "queue.received": N_("received by the server"),
        "queue.refused": N_("refused – kept on the phone"),
        "queue.conflict": N_("differs from what the server has – kept on both sides"),
        "queue.sent": N_("{sent} of {total} sent"),
        "queue.receipt": N_("Receipt"),
        "queue.try_again": N_("Try again"),
        "queue.remove": N_("Take off the list"),
        "queue.next_try": N_("Next try {when}."),
        "queue.others": N_("Records of {person} that wait on this phone until {person} signs in: {count}"),
        "queue.export": N_("Export to a file"),
        "queue.export_hint": N_(
            "One file, sealed: carry it to the office on a memory stick. Nothing is deleted by it."
        ),
        "queue.nothing_to_export": N_("Nothing waits that could be exported."),
        "queue.exported": N_("Exported, {size}"),
        "queue.space": N_("Space: {used} of {all} used"),
        "queue.nearly_full": N_("The phone is nearly full: send or export soon."),
        "queue.kept_for_good": N_("The phone keeps the records until they are sent."),
        "queue.may_be_evicted": N_("The phone may delete records when space runs out: send or export daily."),
        "halted.sign_in": N_("Your session is over. Sign in again; nothing is lost."),
        "halted.other_person": N_(
            "Somebody else is signed in. These records are {person}'s and wait until {person} signs in."
        ),
        "halted.disabled": N_(
            "The office has ended the access of this person or phone. Nothing is lost: export to a file below and "
            "take it there."
        ),
        "halted.forbidden": N_(
            "The server takes nothing from this phone. Export to a file and tell the administrator."
        ),
        "answer.received": N_("Being entered into the ledger"),
        "answer.recorded": N_("In the ledger"),
        "answer.refused": N_("The office looked at it and refused it: ask there why."),
        "answer.incomplete": N_("Incomplete at the server"),
        "answer.conflict": N_("An administrator has to look at it"),
        "reason.no_network": N_("No network."),
        "reason.sign_in": N_("Sign in again."),
        "reason.forbidden": N_("The server takes nothing from this phone."),
        "reason.other_person": N_("Somebody else is signed in. It is {person}'s."),
        "reason.disabled": N_("The office has ended this access. Export it to a file."),
        "reason.server_full": N_("The server's disk is full. It is kept here."),
        "reason.files_missing": N_("Parts got lost on the way; they are sent again."),
        "reason.hash_differs": N_("It arrived damaged and is sent again."),
        "reason.wrong_offset": N_("The server and the phone do not agree; tried again later."),
        "reason.odd_answer": N_("The server's answer was not understood; tried again later."),
        "reason.other_content": N_("The server has other content under this number. Tell the administrator."),
        "reason.damaged_on_phone": N_("The record was damaged on this phone. Export it and tell the administrator."),
        "reason.other": N_("The server said: {reason}"),
    }
)
_CODES: Mapping[str, type[Code]] = MappingProxyType({"state": State, "selection_mode": SelectionMode})


def phone_words(language: str) -> dict[str, str]:
    """Return key → words in a language; codes that come as data have theirs under ``state.…`` and the like."""
    translate = translator(language)
    said = {key: translate(message) for table in (SCREENS, FORMS, SENDING) for key, message in table.items()}
    coded = {
        f"{group}.{code.value}": code.vietnamese[0] if language == "vi" else code.value.replace("_", " ")
        for group, codes in _CODES.items()
        for code in codes
    }
    return said | coded


def all_words() -> dict[str, dict[str, str]]:
    """Return the words in each language: the phone changes the language without a network."""
    return {language: phone_words(language) for language in LANGUAGES}
