"""What the office entered stands in the report beside the ledger, and adds to nothing."""

from dataclasses import replace

from report import samples

from eradication.i18n import translator
from eradication.report import page


def test_targets_commitments_and_typed_figures_are_shown_and_markup_in_them_is_text():
    view = samples.report_view()
    told = dict(view.ledger)
    typed = {"unit": "UB-1", "period": "2026-Q1", "detected_m2": 77, "reported_on": "2026-03-01"}
    told |= {
        "commitments": {"households": 200, "signed": 199, "signed_pct": 99.5, "villages": 4, "villages_reported": 3},
        "mailboxes": {"villages": 4, "with_mailbox": 3, "mailbox_pct": 75.0},
        "targets": {
            "rows": [
                {
                    "unit": "<b>BP-1</b>",
                    "commune": "",
                    "commune_name": "",
                    "target_m2": 1000,
                    "target_pct": 100.0,
                    "detected_m2": 900,
                    "claimed_m2": 800,
                    "verified_m2": None,
                }
            ]
        },
        "self_reported": {"rows": [typed]},
    }
    text = page.render(replace(view, ledger=told, language="en", translate=translator("en")))
    for shown in ("199 of 200 households (99.5 %)", "3 of 4 (75.0 %)", "&lt;b&gt;BP-1&lt;/b&gt;", "UB-1", "77"):
        assert shown in text
    assert "<b>BP-1" not in text
    assert text.count("Figures that units typed themselves") >= 1
