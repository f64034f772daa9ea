//! Places that the configuration file names and nothing has: one that is misspelt would leave
//! a secret in the clear.

use std::collections::BTreeSet;

use secmonkey_core::config::pattern;
use secmonkey_core::nearest::Nearest;
use secmonkey_core::technology::{Technology, Texts};
use secmonkey_core::view::{self, Views};
use serde_json::Value;

use super::Config;

/// So many items of a technology are looked at.
const MOST: usize = 1_000;

/// Says which places of declared technologies are in no recorded item, with the nearest that
/// are there. What is dropped is recorded of none, and is not asked for.
///
/// # Errors
/// Where the views cannot be read.
pub fn unmet(config: &Config, views: &Views) -> Result<Vec<String>, view::Error> {
    let mut told = Vec::new();
    for technology in config.technologies() {
        let mut there = BTreeSet::new();
        let mut items = 0;
        let rows = views.items().filter(|row| match row {
            Ok(row) => row.key.technology == technology.id && !row.deleted,
            Err(_) => true,
        });
        for row in rows.take(MOST) {
            places(&views.config(&row?.key)?.unwrap_or_default(), "", &mut there);
            items += 1;
        }
        if items > 0 {
            let id = &technology.id;
            told.extend(unmet_of(&technology, config.name_of(id), &there).map(|place| {
                let nearest = Nearest::of(place, there.iter().map(String::as_str));
                format!(
                    "`{id}` of the configuration file: no item of {items} has `{place}`{nearest}"
                )
            }));
        }
    }
    Ok(told)
}

/// Of the places that are named of a technology those that are not there.
fn unmet_of<'a>(
    technology: &'a Technology,
    name: Option<&'a str>,
    there: &BTreeSet<String>,
) -> impl Iterator<Item = &'a str> {
    let sets = technology.sets.iter().map(|set| set.at.as_ref());
    let named = [&technology.daily, &technology.relations, &technology.secret];
    let named = named.into_iter().flat_map(Texts::iter);
    let is_there = |place: &str| there.iter().any(|at| pattern::matches(place, at));
    sets.chain(named).chain(name).filter(move |place| !is_there(place))
}

/// The places that a configuration has, with `*` for the elements of lists.
fn places(value: &Value, at: &str, found: &mut BTreeSet<String>) {
    let mut into = |name: &str, value: &Value| {
        let at = format!("{at}/{name}");
        places(value, &at, found);
        found.insert(at);
    };
    match value {
        Value::Array(all) => all.iter().for_each(|element| into("*", element)),
        Value::Object(all) => {
            for (name, member) in all {
                into(&name.replace('~', "~0").replace('/', "~1"), member);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_place_is_there_where_any_item_has_it() {
        let config = json!({"Tags": [{"Key": "a"}], "By": {"eu/west": {"Size": 1}}});
        let mut there = BTreeSet::new();
        places(&config, "", &mut there);
        let there_are =
            ["/By", "/By/eu~1west", "/By/eu~1west/Size", "/Tags", "/Tags/*", "/Tags/*/Key"];
        assert_eq!(there, there_are.map(str::to_owned).into());
        let config = Config::parse(
            "[[technology]]\nid = 'own'\ntype = 'AWS::A::B'\nname = '/Nme'\ndropped = ['/Gone']\n\
             secret = ['/By/*/Sise', '/By/*/Size']\nsets = { '/Tag' = ['Key'] }",
        )
        .unwrap();
        let technology = config.technologies().next().unwrap();
        let unmet: Vec<_> = unmet_of(&technology, config.name_of("own"), &there).collect();
        assert_eq!(unmet, ["/Tag", "/By/*/Sise", "/Nme"]);
    }
}
