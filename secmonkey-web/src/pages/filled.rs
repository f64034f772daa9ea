//! A form as it is shown: what somebody typed, and what is wrong with it.

use askama::Template;
use askama::filters::HtmlSafe;

use crate::error::Problem;
use crate::pages::{Fields, words};

/// A form with what stands in its fields.
pub struct Filled {
    /// The fields that it has.
    names: &'static [&'static str],
    fields: Fields,
    wrong: Option<Problem>,
}

/// A field as it is shown.
#[derive(Template)]
#[template(path = "field.html")]
pub struct Input {
    kind: &'static str,
    name: String,
    label: String,
    hint: String,
    value: String,
    /// What may be chosen, with its words.
    options: Vec<(String, String)>,
    is_needed: bool,
    /// What a browser fills in.
    autocomplete: &'static str,
    wrong: Option<String>,
}

impl HtmlSafe for Input {}

/// A mistake of whoever filled in a form, to be shown beside it. All else stays a problem.
pub fn mistake(problem: Problem) -> Result<Problem, Problem> {
    if matches!(problem.status, 409 | 412 | 422 | 429) { Ok(problem) } else { Err(problem) }
}

impl Filled {
    /// A form of these fields, as somebody filled it in.
    pub fn of(names: &'static [&'static str], fields: Fields) -> Self {
        Self { names, fields, wrong: None }
    }

    /// The same with what is wrong with it.
    pub fn with(self, problem: Problem) -> Self {
        Self { wrong: Some(problem), ..self }
    }

    /// The status of its page.
    pub fn status(&self) -> u16 {
        self.wrong.as_ref().map_or(200, |problem| problem.status)
    }

    /// Whether something is wrong with it.
    pub fn is_wrong(&self) -> bool {
        self.wrong.is_some()
    }

    /// What is wrong with no field in particular.
    pub fn trouble(&self) -> Option<String> {
        let problem = self.wrong.as_ref()?;
        let is_of = |field: &str| self.names.contains(&field) || field.starts_with("set-");
        let is_elsewhere = !problem.field.as_deref().is_some_and(is_of);
        is_elsewhere.then(|| problem.detail.clone())
    }

    /// What stands in a field.
    pub fn one(&self, name: &str) -> &str {
        self.fields.one(name)
    }

    fn input(&self, kind: &'static str, name: &str, label: &str, hint: &str) -> Input {
        let problem = self.wrong.as_ref().filter(|one| one.field.as_deref() == Some(name));
        // A password goes nowhere but to where it is checked.
        let value = if kind == "password" { "" } else { self.fields.one(name) };
        Input {
            kind,
            name: name.to_owned(),
            label: label.to_owned(),
            hint: hint.to_owned(),
            value: value.to_owned(),
            options: Vec::new(),
            is_needed: false,
            autocomplete: "off",
            wrong: problem.map(|problem| problem.detail.clone()),
        }
    }

    /// One line.
    pub fn text(&self, name: &str, label: &str, hint: &str) -> Input {
        self.input("text", name, label, hint)
    }

    /// Several lines.
    pub fn area(&self, name: &str, label: &str, hint: &str) -> Input {
        self.input("area", name, label, hint)
    }

    /// A password.
    pub fn password(&self, name: &str, label: &str, hint: &str, fills: &'static str) -> Input {
        Input { autocomplete: fills, ..self.input("password", name, label, hint) }
    }

    /// A box to tick.
    pub fn tick(&self, name: &str, label: &str, hint: &str) -> Input {
        self.input("tick", name, label, hint)
    }

    /// One of several.
    pub fn choice(
        &self,
        name: &str,
        label: &str,
        hint: &str,
        options: &[(String, String)],
    ) -> Input {
        Input { options: options.to_vec(), ..self.input("choice", name, label, hint) }
    }

    /// All that was typed, to be sent once more.
    pub fn hidden(&self) -> Vec<(String, String)> {
        let all = self.names.iter().map(|name| ((*name).to_owned(), self.one(name).to_owned()));
        let set = self.fields.starting("set-");
        all.chain(set).filter(|(_, value)| !value.is_empty()).collect()
    }
}

impl Input {
    /// The same where nothing works without it.
    pub fn needed(self) -> Self {
        Self { is_needed: true, ..self }
    }

    /// What describes it.
    fn described(&self) -> String {
        let hint = (!self.hint.is_empty()).then(|| format!("{}-hint", self.name));
        let wrong = self.wrong.is_some().then(|| format!("{}-wrong", self.name));
        hint.into_iter().chain(wrong).collect::<Vec<_>>().join(" ")
    }
}
