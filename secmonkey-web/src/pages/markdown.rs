//! Pages of checks, which are Markdown: whatever in them is markup of another kind is text.

use std::fmt::{self, Display, Formatter};

use askama::filters::HtmlSafe;
use pulldown_cmark::{CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};
use secmonkey_core::render::visible;

/// A text of Markdown as HTML.
pub struct Markdown(String);

/// A text of Markdown. Its headings stand below those of the page.
pub fn markdown(text: impl AsRef<str>) -> Markdown {
    let events = Parser::new_ext(text.as_ref(), Options::ENABLE_TABLES).map(tamed);
    let mut out = String::new();
    html::push_html(&mut out, events);
    Markdown(out)
}

fn tamed(event: Event<'_>) -> Event<'_> {
    match event {
        Event::Html(text) | Event::InlineHtml(text) | Event::Text(text) => {
            Event::Text(shown(&text))
        }
        Event::Code(text) => Event::Code(shown(&text)),
        Event::Start(Tag::Link { link_type, dest_url, title, id }) => {
            let is_web = ["https://", "http://"].iter().any(|start| dest_url.starts_with(start));
            let dest_url = if is_web { dest_url } else { CowStr::Borrowed("#main") };
            Event::Start(Tag::Link { link_type, dest_url, title, id })
        }
        // A picture would be loaded from elsewhere.
        Event::Start(Tag::Image { .. }) => Event::Start(Tag::Emphasis),
        Event::End(TagEnd::Image) => Event::End(TagEnd::Emphasis),
        Event::Start(Tag::Heading { id, classes, attrs, .. }) => {
            Event::Start(Tag::Heading { level: HeadingLevel::H4, id, classes, attrs })
        }
        Event::End(TagEnd::Heading(_)) => Event::End(TagEnd::Heading(HeadingLevel::H4)),
        other => other,
    }
}

/// The lines of a text, each without what would steer or hide.
fn shown(text: &str) -> CowStr<'static> {
    let lines: Vec<_> = text.split('\n').map(visible).collect();
    lines.join("\n").into()
}

impl Display for Markdown {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl HtmlSafe for Markdown {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_is_text_and_links_lead_to_the_web_alone() {
        let html = markdown(
            "# Title\n\n<script>alert(1)</script>\n\na <b onclick=x>b</b> [a](javascript:alert(1)) \
             [b](https://example.com/?a=\"b) ![c](https://example.com/x.png)\n\n```sh\naws <x>\n```\n",
        )
        .to_string();
        for bad in ["<script", "<b", "javascript:", "<img", "<h1", "a=\"b"] {
            assert!(!html.contains(bad), "{bad}: {html}");
        }
        assert!(html.contains("<h4>Title</h4>") && html.contains("href=\"https://example.com/"));
        assert!(html.contains("aws &lt;x&gt;"), "{html}");
    }
}
