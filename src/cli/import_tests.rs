use super::*;
use crate::model::rule::ColumnShape;

fn shape() -> Shape {
    let column = |name: &str, kind| ColumnShape {
        name: name.into(),
        kind,
    };
    Shape {
        subject: "device".into(),
        key: "serial".into(),
        columns: vec![
            column("serial", ValueType::Text),
            column("assigned_user", ValueType::Text),
            column("fleet_id", ValueType::Integer),
            column("requested_at", ValueType::Time),
        ],
    }
}

fn args() -> ImportArgs {
    ImportArgs {
        file: "macs.csv".into(),
        maps: vec!["Serial Number=serial".into()],
        ignore_unknown: false,
        reason: None,
        dry_run: false,
        yes: true,
    }
}

fn sheet(text: &str) -> Sheet {
    read(text.as_bytes(), &shape(), &args()).unwrap()
}

#[test]
fn bad_rows_are_named_by_line_and_the_rest_goes_on() {
    let sheet = sheet(
        "serial,assigned_user,fleet_id,requested_at\n\
         C02A,anna,17,2026-03-02T09:00:00+01:00\n\
         C02B,bert,seventeen,\n\
         ,carla,3,\n\
         C02C,\"two\nlines\",,\n\
         C02D,dora\n\
         C02A,again,1,\n\
         C02E,,,yesterday\n",
    );
    assert_eq!(sheet.rows.len(), 2, "{sheet:?}");
    assert_eq!(sheet.rows[0]["fleet_id"], 17);
    assert_eq!(sheet.rows[0]["requested_at"], "2026-03-02T08:00:00.000Z");
    assert_eq!(sheet.rows[1]["assigned_user"], "two lines");
    assert!(!sheet.rows[1].contains_key("fleet_id"));
    let bad: Vec<(u64, &str)> = sheet.bad.iter().map(|(l, w)| (*l, w.as_str())).collect();
    for ((line, why), (expected, part)) in bad.iter().zip([
        (3, "fleet_id: expected integer, got \"seventeen\""),
        (4, "serial is empty"),
        (7, "has 2 cells where the header has 4"),
        (8, "C02A stands on line 2 already"),
        (9, "requested_at: expected time"),
    ]) {
        assert_eq!(*line, expected, "{why}");
        assert!(why.contains(part), "{why}");
    }
    assert_eq!(bad.len(), 5);
}

#[test]
fn other_headers_byte_order_marks_and_semicolons_are_understood() {
    let sheet = sheet("\u{FEFF}Serial Number;Assigned_User;wave\r\nC02A;'=anna;pilot\r\n");
    assert!(sheet.bad.is_empty());
    let row = &sheet.rows[0];
    assert_eq!(
        (row["serial"].as_str(), row["wave"].as_str()),
        (Some("C02A"), Some("pilot"))
    );
    assert_eq!(row["assigned_user"], "=anna");
}

#[test]
fn a_wrong_header_refuses_the_file() {
    for (text, part) in [
        ("serail,fleet_id\nA,1\n", "did you mean serial?"),
        ("fleet_id\n1\n", "no column \"serial\""),
        ("serial,serial number\nA,B\n", "two columns for serial"),
        ("", "no column \"serial\""),
    ] {
        let error = read(text.as_bytes(), &shape(), &args()).unwrap_err();
        assert!(error.text.contains(part), "{}", error.text);
        assert_eq!(error.exit, Exit::Usage);
    }
}

#[test]
fn bytes_that_are_no_text_spoil_one_row_only() {
    let sheet = read(
        b"serial,assigned_user\nC02A,\xff\xfe\nC02B,bert\n",
        &shape(),
        &args(),
    )
    .unwrap();
    assert_eq!(sheet.rows.len(), 1);
    assert_eq!(sheet.bad, [(2, "assigned_user is not UTF-8".to_owned())]);
}
