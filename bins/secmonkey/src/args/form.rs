//! `--format`

use clap::ValueEnum;
use clap::builder::PossibleValue;

use crate::output::Format;

/// The form of the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Of every command.
    Own(Format),
    /// Of findings alone.
    Findings(Standard),
    /// Of reports alone.
    Report(Page),
}

/// A form that reports are filed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Page {
    /// Markdown
    Markdown,
    /// One HTML page that needs nothing beside it
    Html,
}

/// A format of findings that other programs read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Standard {
    /// OCSF 1.6, Compliance Finding
    Ocsf,
    /// The AWS Security Finding Format
    Asff,
    /// SARIF 2.1.0
    Sarif,
}

impl ValueEnum for Form {
    fn value_variants<'a>() -> &'a [Self] {
        const ALL: [Form; 9] = [
            Form::Own(Format::Table),
            Form::Own(Format::Json),
            Form::Own(Format::Jsonl),
            Form::Own(Format::Csv),
            Form::Findings(Standard::Ocsf),
            Form::Findings(Standard::Asff),
            Form::Findings(Standard::Sarif),
            Form::Report(Page::Markdown),
            Form::Report(Page::Html),
        ];
        &ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        match self {
            Self::Own(format) => format.to_possible_value(),
            Self::Findings(standard) => standard.to_possible_value(),
            Self::Report(page) => page.to_possible_value(),
        }
    }
}

impl Form {
    /// As it is written.
    pub fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }
}
