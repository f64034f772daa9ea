//! Just enough XML to edit moto's answers: elements and text, nothing escaped or lost.

/// A piece of a document.
#[derive(Debug, Clone)]
enum Node {
    Text(String),
    Element { name: String, start: String, children: Vec<Node> },
}

/// The document with every list in the other order: elements of one name that have no
/// siblings of another.
pub fn reversed(text: &str) -> String {
    edit(text, &|_, children| {
        let mut names = children.iter().filter_map(Node::name);
        let first = names.next();
        if first.is_some() && names.all(|name| Some(name) == first) {
            children.reverse();
        }
    })
}

/// The document without the last element of each list of one of these names.
pub fn without_the_last_of(text: &str, lists: &[&str]) -> String {
    edit(text, &|name, children| {
        if lists.contains(&name)
            && let Some(last) = children.iter().rposition(|child| child.name().is_some())
        {
            children.remove(last);
        }
    })
}

fn edit(text: &str, change: &dyn Fn(&str, &mut Vec<Node>)) -> String {
    let mut written = String::new();
    for mut node in parse(text) {
        node.edit(change);
        node.write(&mut written);
    }
    written
}

fn parse(text: &str) -> Vec<Node> {
    let mut open: Vec<(String, String, Vec<Node>)> = vec![Default::default()];
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        let (before, tag) = rest.split_at(at);
        let (tag, after) = tag.split_at(tag.find('>').expect("a tag ends") + 1);
        rest = after;
        let within = |open: &mut Vec<(String, String, Vec<Node>)>, node| {
            open.last_mut().expect("no more ends than starts").2.push(node);
        };
        if !before.is_empty() {
            within(&mut open, Node::Text(before.to_owned()));
        }
        if tag.starts_with("</") {
            let (name, start, children) = open.pop().expect("no more ends than starts");
            within(&mut open, Node::Element { name, start, children });
        } else if tag.starts_with("<?") || tag.ends_with("/>") {
            within(&mut open, Node::Text(tag.to_owned()));
        } else {
            let name = tag[1..].split([' ', '\n', '>']).next().unwrap_or_default();
            open.push((name.to_owned(), tag.to_owned(), Vec::new()));
        }
    }
    let (_, _, mut all) = open.pop().expect("the document itself");
    all.push(Node::Text(rest.to_owned()));
    all
}

impl Node {
    fn name(&self) -> Option<&str> {
        match self {
            Self::Text(_) => None,
            Self::Element { name, .. } => Some(name),
        }
    }

    fn edit(&mut self, change: &dyn Fn(&str, &mut Vec<Self>)) {
        if let Self::Element { name, children, .. } = self {
            for child in &mut *children {
                child.edit(change);
            }
            change(name, children);
        }
    }

    fn write(&self, out: &mut String) {
        match self {
            Self::Text(text) => out.push_str(text),
            Self::Element { name, start, children } => {
                out.push_str(start);
                for child in children {
                    child.write(out);
                }
                out.extend(["</", name, ">"]);
            }
        }
    }
}

#[test]
fn lists_are_reversed_and_nothing_else_is() {
    let text = "<?xml?>\n<a x=\"1\"><l><i>1</i> <i><t/>2</i></l><k>k</k></a>";
    assert_eq!(reversed(text), "<?xml?>\n<a x=\"1\"><l><i><t/>2</i> <i>1</i></l><k>k</k></a>");
    assert_eq!(reversed(&reversed(text)), text);
}

#[test]
fn a_list_loses_its_last_element() {
    let text = "<a><l><i>1</i><i><l><i>2</i></l></i></l><m><i>3</i></m></a>";
    assert_eq!(without_the_last_of(text, &["l"]), "<a><l><i>1</i></l><m><i>3</i></m></a>");
}
