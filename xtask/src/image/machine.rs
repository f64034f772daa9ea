//! What the image takes from the machine that builds it.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};

use super::tree::Tree;
use super::{HOME, USER, libraries};

/// The certificates that TLS trusts, where every distribution of Linux has them or a link.
const CERTIFICATES: &str = "/etc/ssl/certs/ca-certificates.crt";
/// The time zones that a configuration may name.
const ZONES: &str = "/usr/share/zoneinfo";
/// What others ask for who pass their files on, where Debian has it.
const COPYRIGHTS: [&str; 4] = ["ca-certificates", "libc6", "libgcc-s1", "tzdata"];

/// What the programs need of a system.
pub fn root(programs: &[PathBuf]) -> anyhow::Result<Tree> {
    let mut tree = users();
    for library in libraries::of(programs)? {
        let path = library.to_str().context("the path of a library is no text")?;
        tree.copy(path.trim_start_matches('/'), 0o755, &library)?;
    }
    let certificates = Path::new(CERTIFICATES);
    ensure!(certificates.exists(), "no {CERTIFICATES}: apt-get install ca-certificates");
    tree.copy(CERTIFICATES.trim_start_matches('/'), 0o644, certificates)?;
    ensure!(Path::new(ZONES).exists(), "no {ZONES}: apt-get install tzdata");
    // The same zones twice more, with and without leap seconds, and the zone of the machine.
    let twice = ["localtime", "posix", "posixrules", "right"];
    tree.copy_all(ZONES.trim_start_matches('/'), Path::new(ZONES), &twice)?;
    for package in COPYRIGHTS {
        let path = format!("usr/share/doc/{package}/copyright");
        let file = Path::new("/").join(&path);
        if file.exists() {
            tree.copy(&path, 0o644, &file)?;
        }
    }
    Ok(tree)
}

/// Who there is, how names are looked up, and a place for what is temporary.
fn users() -> Tree {
    let mut tree = Tree::default();
    let passwd = format!(
        "root:x:0:0:root:/:/sbin/nologin\n\
         secmonkey:x:{USER}:{USER}:secmonkey:/{HOME}:/sbin/nologin\n"
    );
    tree.text("etc/passwd", passwd);
    tree.text("etc/group", format!("root:x:0:\nsecmonkey:x:{USER}:\n"));
    tree.text("etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n");
    tree.folder("tmp", 0o1777, 0);
    // What an engine mounts: where the root is read-only it could not make them.
    for mounted in ["dev", "proc", "sys"] {
        tree.folder(mounted, 0o755, 0);
    }
    tree
}

/// The architecture of a program, as images name it.
///
/// # Errors
/// Where it is no program for Linux, or of an architecture that we know no name of.
pub fn architecture(program: &Path) -> anyhow::Result<&'static str> {
    let mut head = [0; 20];
    let read = File::open(program).and_then(|mut file| file.read_exact(&mut head));
    read.with_context(|| format!("cannot read {}", program.display()))?;
    // The header of ELF: its magic, and the machine at 18, in the order of its own bytes.
    ensure!(head.starts_with(b"\x7fELF"), "{} is no program for Linux", program.display());
    let machine = [head[18], head[19]];
    let is_little = head[5] == 1;
    match if is_little { u16::from_le_bytes(machine) } else { u16::from_be_bytes(machine) } {
        62 => Ok("amd64"),
        183 => Ok("arm64"),
        22 => Ok("s390x"),
        243 => Ok("riscv64"),
        21 if is_little => Ok("ppc64le"),
        other => bail!("{} is for machine {other} of ELF", program.display()),
    }
}
