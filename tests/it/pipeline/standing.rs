//! Faults of mirrors, acts, the proof, waves that follow each other, and brakes that stop another stage.

use super::check::{each_is_found_alone, told, with};

/// What is added, and a part of the one line that is said about it.
const FAULTS: &[(&str, &str)] = &[
    // Mirrors
    (
        "[[mirror]]\nname='m'\ncall='mdmproxy.rout'\nwith={}",
        "mirror m, call: there is no action \"mdmproxy.rout\"  hint: did you mean \"mdmproxy.route\"?",
    ),
    (
        "[[mirror]]\nname='m'\ncall='mdmproxy.health'",
        "mirror m, call: mdmproxy.health only reads, and a mirror is told again and again",
    ),
    (
        "[[mirror]]\nname='m'\ncall='slack.post'\nwith={text='x'}",
        "mirror m, call: slack.post must land once only",
    ),
    (
        "[[mirror]]\nname='m'\ncall='mdmproxy.route'\nwith={new='{{ lists.a }}', old='{{ lists.a }}'}\nlists={a={column='serial', when='fleet_id'}}",
        "mdmproxy.route needs the input \"proven\"",
    ),
    (
        "[[mirror]]\nname='m'\ncall='mdmproxy.route'\nwith={new='{{ lists.b }}', old=[], proven='{{ waves.proven }}'}\nlists={a={column='serial', when='fleet_id'}}",
        "mirror m, with, new: there is no list \"b\" here",
    ),
    (
        "[[mirror]]\nname='m'\ncall='mdmproxy.route'\nwith={new=[], old=[], proven='{{ waves.provn }}'}",
        "there is no field of waves \"provn\" here  hint: did you mean \"proven\"?",
    ),
    (
        "[[mirror]]\nname='m'\ncall='mdmproxy.route'\nwith={new=[], old=[], proven='{{ row.list }}'}",
        "`row.list`: row is not known here",
    ),
    (
        "[[mirror]]\nname='m'\ncall='mdmproxy.route'\nwith={new=[], old=[], proven=[]}\nlists={a={column='serail', when='fleet_id'}}",
        "mirror m, lists a, column: there is no column \"serail\"  hint: did you mean \"serial\"?",
    ),
    (
        "[[mirror]]\nname='m'\ncall='mdmproxy.route'\nwith={new=[], old=[], proven=[]}\nlists={a={column='serial', when='fleet_id', marks='ghost'}}",
        "mirror m, lists a, marks: \"ghost\" is text, and a mark is a time",
    ),
    (
        "[[mirror]]\nname='m'\ncall='mdmproxy.route'\nwith={new=[], old=[], proven=[]}\nlists={a={column='serial', when='fleet_id', marks='moved_at'}, b={column='serial', when='NOT fleet_id', marks='moved_at'}}",
        "\"moved_at\" is marked by lists.a of m already",
    ),
    (
        "[[mirror]]\nname='m'\ncall='mdmproxy.route'\nwith={new=[], old=[], proven=[]}\nlists={a={column='serial', when=\"asked_at < ago('1h')\"}}",
        "mirror m, lists a, when: `ago` may not be used here",
    ),
    (
        "[[mirror]]\nname='m'\ncall='mdmproxy.route'\nwith={new=[], old=[], proven=[]}\nlists={a={column='serial', when='fleetid'}}",
        "lists a, when: no such column: fleetid",
    ),
    // Acts
    (
        "[[act]]\nname='a'\nwhen={x='fleet_id ='}",
        "act a, when, x: near",
    ),
    (
        "[[act]]\nname='a'\nwhen={x='fleet_id'}\nset={moved='{{ now }}'}",
        "act a, set, moved: there is no column \"moved\"",
    ),
    (
        "[[act]]\nname='a'\nwhen={x='fleet_id'}\nset={fleet_id='seven'}",
        "\"fleet_id\" is integer, got \"seven\"",
    ),
    (
        "[[act]]\nname='a'\nwhen={x='fleet_id'}\nset={ghost='{{ event.x }}'}",
        "event is not known here",
    ),
    (
        "[[act]]\nname='a'\nwhen={x='fleet_id'}\nreleases=['frist']",
        "act a, releases: there is no stage or ladder \"frist\"  hint: did you mean \"first\"?",
    ),
    (
        "[[act]]\nname='a'\nwhen={x='ghost IS NULL'}",
        "reads \"ghost\", which nothing writes",
    ),
    // Proof and waves
    (
        "[proof]\nx=\"asked_at < ago('1h')\"",
        "proof, x: `ago` may not be used here",
    ),
    ("[proof]\nx='fleetid'", "proof, x: no such column: fleetid"),
    (
        "[[wave]]\nname='w'\nafter='v'\n[proof]\nx='fleet_id'\n[[stage]]\nname='s'\nwaves=true\ngate={a='asked_at IS NOT NULL AND moved_at IS NULL'}\nset={moved_at='{{ now }}'}",
        "wave w, after: there is no wave \"v\"",
    ),
    (
        "[[wave]]\nname='v'\n[[wave]]\nname='w'\nafter='v'\n[[stage]]\nname='s'\nwaves=true\ngate={a='asked_at IS NOT NULL AND moved_at IS NULL'}\nset={moved_at='{{ now }}'}",
        "wave w, after: no wave is ever proven",
    ),
    (
        "[[wave]]\nname='w'\nafter='w'\n[proof]\nx='fleet_id'\n[[stage]]\nname='s'\nwaves=true\ngate={a='asked_at IS NOT NULL AND moved_at IS NULL'}\nset={moved_at='{{ now }}'}",
        "wave w, after: the wave waits for itself: w → w",
    ),
    (
        "[proof]\nx='fleet_id'\n[[wave]]\nname='v'\n[[wave]]\nname='w'\nafter='v'",
        "wave w, after: no stage minds waves",
    ),
    // Brakes
    (
        "[[brake]]\nname='b'\nstage='first'\nstops='second'\nmost=3",
        "brake b, stops: there is no stage \"second\"",
    ),
];

#[test]
fn each_fault_of_what_stands_beside_the_rows_is_found_where_it_stands() {
    each_is_found_alone(FAULTS);
}

#[test]
fn waves_that_wait_for_each_other_are_found() {
    let text = with(
        "[[wave]]\nname='v'\nafter='w'\n[[wave]]\nname='w'\nafter='v'\n[proof]\nx='fleet_id'\n[[stage]]\nname='s'\nwaves=true\ngate={a='asked_at IS NOT NULL AND moved_at IS NULL'}\nset={moved_at='{{ now }}'}",
    );
    let found: Vec<String> = told("t.toml", &text)
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(found.len(), 2, "{found:#?}");
    assert!(found[0].contains("v → w → v"), "{found:#?}");
}

#[test]
fn marks_and_acts_write_columns_and_what_is_sound_is_not_blamed() {
    let text = with(
        "[[wave]]\nname='v'\npercent=10\ncolumn='serial'\n[[wave]]\nname='w'\npercent=100\ncolumn='serial'\nafter='v'\npause='1h'\n\
         [proof]\nmoved='moved_at IS NOT NULL'\nback='ghost IS NOT NULL'\n\
         [[mirror]]\nname='m'\ncall='mdmproxy.route'\nwith={new='{{ lists.new }}', old='{{ lists.old }}', proven='{{ waves.proven }}'}\n\
         lists={new={column='serial', when='done_at IS NOT NULL', marks='moved_at'}, old={column='serial', when='done_at IS NULL'}}\n\
         [[stage]]\nname='s'\nwaves=true\ngate={routed='moved_at IS NOT NULL', 'not back'='ghost IS NULL'}\nset={moved_at='{{ now }}'}\n\
         [[act]]\nname='back'\nwhen={moved='moved_at IS NOT NULL'}\nset={ghost='back'}\nreleases=['s']\n\
         [[brake]]\nname='b'\nstage='s'\nstops='first'\nmost=3",
    );
    let found: Vec<String> = told("t.toml", &text)
        .iter()
        .map(ToString::to_string)
        .collect();
    assert!(found.is_empty(), "{found:#?}");
}
