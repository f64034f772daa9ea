//! The tables of the views: the letter that the keys of their rows begin with.

macro_rules! tables {
    ($($(#[$doc:meta])* $name:ident = $letter:literal;)*) => {
        $($(#[$doc])* pub(super) const $name: char = $letter;)*

        /// All of them.
        #[cfg(test)]
        const ALL: &[(&str, char)] = &[$((stringify!($name), $letter)),*];
    };
}

tables! {
    /// Registered accounts, by id.
    ACCOUNTS = 'a';
    /// The audit in which checks first judged a scope, by scope.
    JUDGED = 'b';
    /// The last configuration, by item.
    CONFIGS = 'c';
    /// What was delivered, by notifier.
    TOLD = 'd';
    /// Items of which something was not read or not decided, by key.
    INCOMPLETE = 'e';
    /// Where replay may start, by item and version.
    STARTS = 'f';
    /// Networks, by name.
    NETWORKS = 'g';
    /// Items that are in no segment of the index yet.
    TAIL = 'h';
    /// Items, by key.
    HEADS = 'i';
    /// The ids of issues, by item.
    OF_ITEM = 'j';
    /// The keys that the log is signed with, by position.
    SIGNING_KEYS = 'k';
    /// The checks of a catalogue, by its digest.
    CATALOGUES = 'l';
    /// Scans, by id.
    SCANS = 'n';
    /// Scans that have no end yet, by id.
    OPEN = 'o';
    /// Segments of the index, by number.
    SEGMENTS = 'p';
    /// Issues, by id.
    ISSUES = 'q';
    /// Revisions, by item and number.
    REVISIONS = 'r';
    /// Scopes.
    SCOPES = 's';
    /// Items with a part that could not be read the last time, by scope.
    STALE = 't';
    /// The last audit, by account.
    AUDITS = 'u';
    /// What somebody said of accounts and networks, by position.
    SAID = 'v';
    /// Kind, name and account (for a registered network: block, account or nothing, and the
    /// network's name): how many items say so.
    NAMES = 'w';
    /// When justifications end, by time.
    EXPIRIES = 'x';
    /// The ids of the keys that secret values were digested under.
    DIGEST_KEYS = 'y';
    /// Items that changed since the last audit of their account.
    UNJUDGED = 'z';
    /// Where what was carried over a cut of an account stands in the log, by account.
    CARRIED = 'K';
    /// Comments, by item and version.
    COMMENTS = 'C';
    /// The position of the rule in force, by its id.
    IN_FORCE = 'F';
    /// Issues that are not resolved, the worst first: what says how they stand, and no more.
    STANDING = 'E';
    /// Rules that ignore items, by position.
    IGNORES = 'I';
    /// Overrides of checks, by position.
    OVERRIDES = 'O';
    /// What was decided about when something is looked at, by position.
    SCHEDULE = 'S';
    /// Revisions that were cut and brought an issue that was not, by item and number.
    BROUGHT = 'B';
    /// Subscriptions, by position.
    SUBSCRIPTIONS = 'U';
    /// When nobody was told anything, by position.
    SILENCES = 'Z';
    /// Who might sign in, by position.
    USERS = 'P';
    /// What let programs in, by position.
    TOKENS = 'T';
}

#[test]
fn no_two_tables_share_a_letter() {
    let letters: std::collections::BTreeSet<_> = ALL.iter().map(|(_, letter)| letter).collect();
    assert_eq!(letters.len(), ALL.len(), "{ALL:?}");
}
