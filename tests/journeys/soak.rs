//! A minute in the life of a daemon: no handle stays open, and the record is whole. Longer soaks
//! are in `benches/daemon`.

use std::path::Path;
use std::process::Command;

use crate::lab::binary;
use crate::moto::python;

#[test]
fn a_daemon_holds_no_more_after_a_minute_of_changes() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let soak = Command::new(python())
        .arg(root.join("benches/daemon/soak.py"))
        .args(["--minutes", "1", "--binaries"])
        .arg(binary().parent().unwrap())
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .output()
        .unwrap();
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let all = format!("{}{}", said(&soak.stdout), said(&soak.stderr));
    println!("{all}");
    assert!(soak.status.success(), "{all}");
}
