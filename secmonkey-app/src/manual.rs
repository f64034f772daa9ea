//! Manual pages, from the definition of a command line: what `--help` says, set as `man` has it.
//!
//! Programs write their own when they are packaged, so a page says what its program does.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use clap::Command;
use clap_mangen::Man;
use clap_mangen::roff::{Inline, Roff, bold, roman};
use jiff::Timestamp;

use crate::error::{Error, Exit};

/// When a page was made, in seconds since 1970, where something else than nothing should be
/// said: by it, pages made twice are the same.
const DATE: &str = "SOURCE_DATE_EPOCH";

/// Terms, each with what it means; what stands in backticks is set as code.
pub type Terms<'a> = &'a [(&'a str, &'a str)];

/// The variables that both programs read.
pub const ENVIRONMENT: Terms<'_> = &[
    ("SECMONKEY_STORE", "Where the store is, as `--store` says."),
    ("SECMONKEY_CONFIG", "The configuration file, as `--config` names it."),
    (
        "SECMONKEY_DIGEST_KEY_FILE",
        "The file of the key that secret values are digested with, instead of `digest.key` in the \
         store.",
    ),
    (
        "AWS_PROFILE, AWS_ACCESS_KEY_ID, AWS_REGION, AWS_ENDPOINT_URL, ...",
        "Credentials and regions, as all tools of AWS read them.",
    ),
    (
        "XDG_CONFIG_HOME, XDG_DATA_HOME",
        "The folders that hold those of secmonkey, instead of ~/.config and ~/.local/share.",
    ),
];

/// What the pages of a program say that its definition does not.
#[derive(Debug, Clone, Copy)]
pub struct Manual<'a> {
    /// The section: `1` for commands, `8` for what the system runs.
    pub section: &'a str,
    /// What the program's exit codes mean; on every page.
    pub exit_codes: Terms<'a>,
    /// The variables that it reads; on its own page.
    pub environment: Terms<'a>,
    /// The files that it reads and writes; on its own page.
    pub files: Terms<'a>,
    /// Pages of other programs, with their sections: `secmonkeyd(8)`.
    pub see_also: &'a [&'a str],
}

impl Manual<'_> {
    /// Writes the pages of a program and of each of its commands into a folder, which is made.
    ///
    /// # Errors
    /// Where a page cannot be written, or `SOURCE_DATE_EPOCH` is no time.
    pub fn write(&self, program: Command, folder: &Path) -> Result<Exit, Error> {
        let failed = |path: &Path, error: &io::Error| {
            Error::usage(format!("cannot write {}: {error}", path.display()))
        };
        fs::create_dir_all(folder).map_err(|error| failed(folder, &error))?;
        for (name, text) in self.pages(program, date()?) {
            let path = folder.join(name);
            fs::write(&path, text).map_err(|error| failed(&path, &error))?;
        }
        Ok(Exit::Done)
    }

    /// The pages of a program and of each of its commands, by the names of their files:
    /// `secmonkey-account-add.1`. Commands that are hidden have none.
    #[must_use]
    pub fn pages(&self, program: Command, date: Option<Timestamp>) -> BTreeMap<String, String> {
        let mut program = headed(program.disable_help_subcommand(true));
        program.build();
        let version = program.get_version().unwrap_or_default();
        let source = format!("{} {version}", program.get_name()).trim_end().to_owned();
        // An argument that is empty has to be written as one.
        let date = date.map_or("\"\"".to_owned(), |date| date.strftime("%F").to_string());
        let mut pages = BTreeMap::new();
        let mut above = Vec::new();
        self.collect(&program, &source, &date, &mut above, &mut pages);
        pages
    }

    fn collect(
        &self,
        command: &Command,
        source: &str,
        date: &str,
        above: &mut Vec<String>,
        pages: &mut BTreeMap<String, String>,
    ) {
        let name = command.get_display_name().unwrap_or_else(|| command.get_name());
        let man = Man::new(command.clone())
            .title(name.to_uppercase())
            .section(self.section)
            .date(date)
            .source(source)
            .manual("secmonkey manual");
        pages.insert(man.get_filename(), self.page(command, &man, above));
        above.push(reference(command, self.section));
        for one in command.get_subcommands().filter(|one| !one.is_hide_set()) {
            self.collect(one, source, date, above, pages);
        }
        above.pop();
    }

    fn page(&self, command: &Command, man: &Man, above: &[String]) -> String {
        let ending = command.get_after_long_help().or_else(|| command.get_after_help());
        let ending = ending.map(ToString::to_string).unwrap_or_default();
        let (prose, examples) = parts(&ending);

        let mut page = vec![rendered(|out| man.render_title(out))];
        page.push(rendered(|out| man.render_name_section(out)));
        page.push(synopsis(command).to_roff());
        page.push(description(command, &prose).to_roff());
        page.push(rendered(|out| man.render_options_section(out)));
        if command.get_subcommands().any(|one| !one.is_hide_set()) {
            page.push(rendered(|out| man.render_subcommands_section(out)));
        }
        page.push(terms("EXIT STATUS", self.exit_codes).to_roff());
        if above.is_empty() {
            page.push(terms("ENVIRONMENT", self.environment).to_roff());
            page.push(terms("FILES", self.files).to_roff());
        }
        page.push(set_examples(&examples).to_roff());
        page.push(if above.is_empty() {
            see_also(self.see_also).to_roff()
        } else {
            see_also(above).to_roff()
        });

        // Each part has it before its first line.
        let preamble = Roff::new().render();
        let text: String = page.iter().map(|part| part.replace(&preamble, "")).collect();
        preamble + &typeset(&text)
    }
}

/// When pages are made, as [`DATE`] says.
fn date() -> Result<Option<Timestamp>, Error> {
    let Some(said) = std::env::var_os(DATE).filter(|said| !said.is_empty()) else {
        return Ok(None);
    };
    let seconds = said.to_str().and_then(|said| said.parse().ok());
    let date = seconds.and_then(|seconds| Timestamp::from_second(seconds).ok());
    let said = said.to_string_lossy();
    let wrong = || Error::usage(format!("{DATE} is `{said}`: set it to seconds since 1970"));
    date.map(Some).ok_or_else(wrong)
}

/// Commands under a heading as `man` has them.
fn headed(command: Command) -> Command {
    command.subcommand_help_heading("COMMANDS").mut_subcommands(headed)
}

/// What writes into memory cannot fail.
fn rendered(write: impl FnOnce(&mut dyn io::Write) -> io::Result<()>) -> String {
    let mut page = Vec::new();
    let _ = write(&mut page);
    String::from_utf8_lossy(&page).into_owned()
}

/// A command as pages refer to it: `secmonkey-scan(1)`.
fn reference(command: &Command, section: &str) -> String {
    format!("{}({section})", command.get_display_name().unwrap_or_else(|| command.get_name()))
}

fn synopsis(command: &Command) -> Roff {
    let usage = command.clone().render_usage().to_string();
    let usage = usage.trim_start_matches("Usage:").trim();
    let name = command.get_bin_name().unwrap_or_else(|| command.get_name());
    let mut roff = Roff::new();
    roff.control("SH", ["SYNOPSIS"]);
    match usage.strip_prefix(name) {
        Some(rest) => roff.text([bold(name), roman(rest)]),
        None => roff.text([roman(usage)]),
    };
    roff
}

/// What a command does: what `--help` begins with, and what it ends with.
fn description(command: &Command, prose: &[Prose]) -> Roff {
    let about = command.get_long_about().or_else(|| command.get_about());
    let about = about.map(ToString::to_string).unwrap_or_default();
    let mut roff = Roff::new();
    roff.control("SH", ["DESCRIPTION"]);
    for (number, paragraph) in about.split("\n\n").enumerate() {
        if number > 0 {
            roff.control("PP", []);
        }
        let stop = if paragraph.ends_with(['.', ':', '?']) { "" } else { "." };
        roff.text([roman(paragraph.replace('\n', " ") + stop)]);
    }
    for one in prose {
        roff.control("PP", []);
        match one {
            Prose::Paragraph(text) => {
                roff.text([roman(text)]);
            }
            Prose::Verbatim(lines) => {
                roff.control("RS", ["4"]);
                verbatim(&mut roff, lines, roman);
                roff.control("RE", []);
            }
        }
    }
    roff
}

/// Lines as they are.
fn verbatim(roff: &mut Roff, lines: &[&str], font: impl Fn(String) -> Inline) {
    roff.control("EX", []);
    for line in lines {
        roff.text([font((*line).to_owned())]);
    }
    roff.control("EE", []);
}

fn terms(heading: &str, terms: Terms<'_>) -> Roff {
    let mut roff = Roff::new();
    if !terms.is_empty() {
        roff.control("SH", [heading]);
    }
    for (term, meaning) in terms {
        roff.control("TP", []);
        roff.text([bold(*term)]);
        roff.text([roman(*meaning)]);
    }
    roff
}

/// Commands, each over what it is for, where that is said beside it.
fn set_examples(lines: &[&str]) -> Roff {
    let mut roff = Roff::new();
    if !lines.is_empty() {
        roff.control("SH", ["EXAMPLES"]);
    }
    let groups = lines.chunk_by(|one, next| remark(one).is_none() && remark(next).is_none());
    for (number, group) in groups.enumerate() {
        match group {
            [line] if let Some((command, remark)) = remark(line) => {
                roff.control("TP", []);
                roff.text([bold(command)]);
                roff.text([roman(remark)]);
            }
            lines => {
                if number > 0 {
                    roff.control("PP", []);
                }
                verbatim(&mut roff, lines, bold);
            }
        }
    }
    roff
}

/// A command, and what is said beside it.
fn remark(line: &str) -> Option<(&str, &str)> {
    let (command, remark) = line.split_once("  ").filter(|(command, _)| !command.is_empty())?;
    Some((command, remark.trim_start().trim_start_matches("# ")))
}

fn see_also<S: AsRef<str>>(pages: &[S]) -> Roff {
    let mut roff = Roff::new();
    if !pages.is_empty() {
        roff.control("SH", ["SEE ALSO"]);
    }
    let mut line = Vec::new();
    for page in pages {
        let (name, section) = page.as_ref().split_once('(').unwrap_or((page.as_ref(), ""));
        if !line.is_empty() {
            line.push(roman(", "));
        }
        line.push(bold(name));
        if !section.is_empty() {
            line.push(roman(format!("({section}")));
        }
    }
    if !line.is_empty() {
        roff.text(line);
    }
    roff
}

/// What `--help` ends with, but for its examples.
#[derive(Debug, PartialEq)]
enum Prose<'a> {
    Paragraph(String),
    Verbatim(Vec<&'a str>),
}

/// The prose and the examples of what `--help` ends with. Exit codes have a section of their
/// own.
fn parts(ending: &str) -> (Vec<Prose<'_>>, Vec<&str>) {
    let (mut prose, mut examples) = (Vec::new(), Vec::new());
    for paragraph in ending.split("\n\n").filter(|one| !one.starts_with("Exit codes:")) {
        let mut are_examples = false;
        let lines = paragraph.lines().filter(|line| !line.trim().is_empty());
        for (number, line) in lines.enumerate() {
            let indented = line.strip_prefix("  ");
            match (indented, prose.last_mut()) {
                (Some(line), _) if are_examples => examples.push(line),
                (Some(line), Some(Prose::Verbatim(lines))) if number > 0 => lines.push(line),
                (Some(line), _) => prose.push(Prose::Verbatim(vec![line])),
                (None, _) if matches!(line, "Example:" | "Examples:") => are_examples = true,
                (None, Some(Prose::Paragraph(text))) if number > 0 && !are_examples => {
                    text.push(' ');
                    text.push_str(line);
                }
                (None, _) => {
                    are_examples = false;
                    prose.push(Prose::Paragraph(line.to_owned()));
                }
            }
        }
    }
    (prose, examples)
}

/// A page as terminals show it: code in bold instead of backticks, and characters that `man`
/// takes for accents as they are, to be copied.
fn typeset(text: &str) -> String {
    let mut page = String::with_capacity(text.len());
    let mut is_verbatim = false;
    // What stands around possible values is one gap, not three.
    for line in text.replace(".br\n\n.br\n", ".sp\n").lines() {
        match line {
            ".EX" => is_verbatim = true,
            ".EE" => is_verbatim = false,
            _ => {}
        }
        if line.starts_with('.') {
            page.push_str(line);
        } else {
            let mut line = line.replace(r"\\", r"\(rs");
            for (character, name) in [('~', r"\(ti"), ('^', r"\(ha"), ('\'', r"\(aq")] {
                line = line.replace(character, name);
            }
            let ticks = line.matches('`').count();
            for (number, part) in line.split('`').enumerate() {
                page.push_str(match number {
                    0 => "",
                    _ if is_verbatim || ticks % 2 == 1 => r"\(ga",
                    _ if number % 2 == 1 => r"\fB",
                    _ => r"\fR",
                });
                page.push_str(part);
            }
            page.truncate(page.trim_end_matches(' ').len());
        }
        page.push('\n');
    }
    page
}

#[cfg(test)]
mod tests {
    use clap::{Arg, ArgAction};

    use super::*;

    /// A program with whatever pages have to set.
    fn program() -> Command {
        let show = Command::new("show")
            .about("One thing, as it is")
            .arg(Arg::new("thing").required(true).value_name("THING").help("Its name"))
            .arg(Arg::new("at").long("at").value_name("TIME").help("As it was `then`"))
            .after_help(
                "A line that goes on\nin the next, about `show --at`.\n\nFiles hold:\n  [a]\n  \
                 b = \"c\"\n\nExamples:\n  tool show x            what it is\n  tool show x --at \
                 '2 days ago' > ~/x.json\n  tool show x \\\n      --at yesterday\n\n.profile is no \
                 macro, 'nor is this.",
            );
        let secret = Command::new("secret").hide(true);
        let set = Command::new("thing").about("Things").subcommand(show);
        Command::new("tool")
            .version("1.2.3")
            .about("Shows things")
            .long_about("Shows things. It does.\n\nA second paragraph")
            .arg(
                Arg::new("quiet")
                    .short('q')
                    .long("quiet")
                    .global(true)
                    .action(ArgAction::SetTrue)
                    .help_heading("Global options")
                    .help("Nothing is said"),
            )
            .after_help("Exit codes: 0 done,\n2 wrong.\n\nExample:\n  tool thing show x")
            .subcommands([set, secret])
    }

    fn pages() -> BTreeMap<String, String> {
        let manual = Manual {
            section: "1",
            exit_codes: &[("0", "Done.")],
            environment: &[("TOOL", "As `--tool`.")],
            files: &[("~/.tool", "Its own.")],
            see_also: &["other(8)", "tooling(7)"],
        };
        manual.pages(program(), Timestamp::from_second(86_400).ok())
    }

    #[test]
    fn every_command_has_a_page_but_what_is_hidden() {
        let names: Vec<_> = pages().into_keys().collect();
        assert_eq!(names, ["tool-thing-show.1", "tool-thing.1", "tool.1"]);
    }

    #[test]
    fn a_page_says_what_the_help_says() {
        let pages = pages();
        insta::assert_snapshot!(pages["tool.1"]);
        insta::assert_snapshot!(pages["tool-thing-show.1"]);
    }
}
