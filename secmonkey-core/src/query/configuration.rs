//! Configurations, item by item, as files hold them.

use super::Error;
use crate::event::Position;
use crate::log::EventLog;
use crate::record::{ConfigurationRecord, UnreadPointer};
use crate::replay::ItemRow;
use crate::view::Views;

/// The configuration of an item as it is, or as it was at a position of the log; `None` where it
/// is gone, or was not known then. Of the log, only the item's own events are read.
///
/// # Errors
/// Where the views or the log cannot be read.
pub async fn configuration(
    log: &dyn EventLog,
    views: &Views,
    row: &ItemRow,
    at: Option<Position>,
) -> Result<Option<ConfigurationRecord>, Error> {
    let (name, arn, never_read, too_large, config) = match at {
        None if row.deleted => return Ok(None),
        None => {
            let ItemRow { name, arn, never_read, too_large, .. } = row.clone();
            (name, arn, never_read, too_large, views.config(&row.key)?)
        }
        Some(position) => {
            let then = views.item_at(log, &row.key, position).await?;
            let Some(then) = then.filter(|then| !then.deleted) else { return Ok(None) };
            let config = Some(then.item.config);
            (then.item.name, then.item.arn, then.never_read, then.too_large, config)
        }
    };
    Ok(Some(ConfigurationRecord {
        key: row.key.clone(),
        name,
        arn,
        unread: never_read.into_iter().map(|pointer| UnreadPointer { pointer }).collect(),
        too_large,
        config: config.filter(|config| !config.is_null()),
    }))
}
