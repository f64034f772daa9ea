//! The manual pages that the programs make of themselves.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::lab::binary;

/// What a program prints, without anything of the environment of the tests.
fn said(program: &Path, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).env_clear().output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// The words at the beginning of what stands under a heading of the help: commands, and options.
fn named(help: &str, heading: &str) -> Vec<String> {
    let lines = help.lines().skip_while(|line| *line != heading).skip(1);
    let lines = lines.take_while(|line| !line.is_empty());
    let words = lines.filter_map(|line| line.strip_prefix("  ")?.split_whitespace().next());
    words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// A page as text, without what only sets it.
fn plain(page: &str) -> String {
    page.replace(r"\fB", "").replace(r"\fR", "").replace(r"\fI", "").replace(r"\-", "-")
}

/// Whether the help of a command and of all below it says nothing that its page lacks; the
/// names of the pages.
fn held(program: &Path, words: &[&str], pages: &Path, section: &str) -> BTreeSet<String> {
    let help = said(program, &[words, &["--help"]].concat());
    let mut name = program.file_name().unwrap().to_str().unwrap().to_owned();
    for word in words {
        name.push('-');
        name.push_str(word);
    }
    let file = format!("{name}.{section}");
    let page = fs::read_to_string(pages.join(&file)).expect(&file);
    let page = plain(&page);
    // A possible value stands behind a dash and a blank.
    let is_option = |line: &&str| line.starts_with('-') && !line.starts_with("- ");
    for line in help.lines().map(str::trim_start).filter(is_option) {
        let option = line
            .split([',', ' ', '=', '[', '.', '`', ')'])
            .find(|word| word.starts_with("--"))
            .unwrap_or(line);
        assert!(page.contains(option), "{file} lacks {option}");
    }
    let mut all = BTreeSet::from([file.clone()]);
    for command in named(&help, "Commands:").iter().filter(|command| *command != "help") {
        let below = held(program, &[words, &[command.as_str()]].concat(), pages, section);
        assert!(page.contains(&format!("{name}-{command}({section})")), "{file} lacks {command}");
        all.extend(below);
    }
    all
}

#[test]
fn every_command_has_a_page_with_all_its_options() {
    let folder = TempDir::new().unwrap();
    let pages = folder.path().join("man");
    let mut expected = BTreeSet::new();
    for (program, section) in [(binary(), "1"), (binary().with_file_name("secmonkeyd"), "8")] {
        said(&program, &["manual", pages.to_str().unwrap()]);
        expected.extend(held(&program, &[], &pages, section));
    }
    let found =
        fs::read_dir(&pages).unwrap().map(|one| one.unwrap().file_name().into_string().unwrap());
    assert_eq!(found.collect::<BTreeSet<_>>(), expected);
    let root = fs::read_to_string(pages.join("secmonkey.1")).unwrap();
    for heading in ["EXIT STATUS", "ENVIRONMENT", "FILES", "EXAMPLES", "SEE ALSO"] {
        assert!(root.contains(heading), "{heading}");
    }
}
