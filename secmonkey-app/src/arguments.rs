//! Command lines that are wrong.

/// What clap says about wrong arguments, in one line.
#[must_use]
pub fn explain(error: &clap::Error) -> String {
    let text = error.render().to_string();
    let (said, usage) = text.split_once("\nUsage:").unwrap_or((&text, ""));
    let mut words: Vec<String> = Vec::new();
    for line in said.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if line.starts_with("For more information") {
            continue;
        }
        let line = line.strip_prefix("error: ").unwrap_or(line);
        words.push(
            line.strip_prefix("tip: ").map_or_else(|| line.to_owned(), |tip| format!("({tip})")),
        );
    }
    let words = words.join(" ");
    let command: Vec<_> = usage
        .split_whitespace()
        .take_while(|word| word.starts_with(|c: char| c.is_ascii_lowercase()))
        .collect();
    if command.is_empty() { words } else { format!("{words}: see `{} --help`", command.join(" ")) }
}
