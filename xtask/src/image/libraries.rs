//! The shared libraries that programs are loaded with.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, bail, ensure};

/// The libraries of programs, the loader among them. Names are looked up and users found by the
/// C library itself since glibc 2.34: no module of it is loaded later.
///
/// # Errors
/// Where `ldd` cannot be asked, or a library is not there.
pub fn of(programs: &[PathBuf]) -> anyhow::Result<BTreeSet<PathBuf>> {
    let mut all = BTreeSet::new();
    for program in programs {
        let output = Command::new("ldd").env("LC_ALL", "C").arg(program).output();
        let output = output.context("cannot run `ldd`: it comes with the C library")?;
        let said = String::from_utf8_lossy(&output.stderr);
        if said.contains("not a dynamic executable") {
            continue;
        }
        ensure!(output.status.success(), "ldd {}: {said}", program.display());
        let found = read(&String::from_utf8_lossy(&output.stdout));
        all.extend(found.with_context(|| program.display().to_string())?);
    }
    Ok(all)
}

/// What `ldd` prints: `libm.so.6 => /lib/libm.so.6 (0x00007f..)`, the loader without an arrow,
/// and the kernel's own, which is no file, without a path.
fn read(printed: &str) -> anyhow::Result<Vec<PathBuf>> {
    let mut all = Vec::new();
    for line in printed.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if line == "statically linked" {
            continue;
        }
        let (name, place) = line.split_once(" => ").unwrap_or((line, line));
        let place = place.rsplit_once(" (0x").map_or(place, |(place, _)| place);
        match place {
            place if place.starts_with('/') => all.push(place.into()),
            "not found" => bail!("{name} is not there: install it, or build here"),
            _ => {}
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_and_the_loader_are_read() {
        let printed = "\tlinux-vdso.so.1 (0x00007ffc9)\n\
            \tlibgcc_s.so.1 => /lib/x86_64-linux-gnu/libgcc_s.so.1 (0x00007f1)\n\
            \tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f2)\n\
            \t/lib64/ld-linux-x86-64.so.2 (0x00007f3)\n";
        let expected = [
            "/lib/x86_64-linux-gnu/libgcc_s.so.1",
            "/lib/x86_64-linux-gnu/libc.so.6",
            "/lib64/ld-linux-x86-64.so.2",
        ];
        assert_eq!(read(printed).unwrap(), expected.map(PathBuf::from));
        assert!(read("\tstatically linked\n").unwrap().is_empty());
    }

    #[test]
    fn a_library_that_is_not_there_is_named() {
        let error = read("\tlibssl.so.3 => not found\n").unwrap_err().to_string();
        assert_eq!(error, "libssl.so.3 is not there: install it, or build here");
    }
}
