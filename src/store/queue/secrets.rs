//! What lets a person in at some servers is kept no longer than it is needed: for the hosts of a batch alone, and not at
//! all once the batch has ended. What is taken out stays in memory, since a job that failed may be tried again.

use super::file::readable;
use super::left::{from_json, to_json};
use super::schema::{DONE, OF_BATCH};
use crate::model::job::Special;
use crate::model::{Batch, BatchOptions, LinkDetails, Source, link};
use rusqlite::{Connection, params};
use serde_json::Value;
use std::collections::HashSet;
use std::sync::Arc;

/// How to fetch, as far as it may be secret.
const SECRETS: [&str; 4] = ["headers", "cookies", "logins", "proxy"];

/// What was taken out of the rows of a batch that ended.
#[derive(Debug, Default)]
pub(super) struct Withheld {
    options: Option<String>,
    /// By the jobs' rows.
    details: Vec<(i64, String)>,
}

/// The options of a batch as they are kept: cookies and logins for its own hosts alone.
pub(super) fn options_of(batch: &Batch) -> String {
    let fetch = &batch.options.fetch;
    if fetch.cookies.is_empty() && fetch.logins.is_empty() {
        return to_json(&*batch.options);
    }
    let mut hosts = HashSet::new();
    for job in &batch.jobs {
        if let Source::Link { url, details } = job.source() {
            hosts.insert(link::host(url));
            hosts.extend(details.mirrors.iter().map(|url| link::host(url)));
        }
    }
    let hosts = hosts.into_iter().map(link::without_port).collect();
    let fetch = Arc::new(fetch.for_hosts(&hosts));
    to_json(&BatchOptions { fetch, ..(*batch.options).clone() })
}

/// Takes the secrets out of the rows of a batch. `None` where there are none.
pub(super) fn withhold(connection: &Connection, batch: i64) -> rusqlite::Result<Option<Withheld>> {
    let mut withheld = Withheld::default();
    let mut any = false;
    let options: Option<String> =
        readable(connection.query_row("SELECT options FROM batches WHERE id = ?1", [batch], |row| row.get(0)))?;
    // What cannot be read may have anything in it, and nobody goes on with it.
    match options.filter(|options| from_json::<BatchOptions>(options).is_ok()) {
        Some(options) => {
            if let Some(public) = without_secrets(&options) {
                connection.execute("UPDATE batches SET options = ?2 WHERE id = ?1", params![batch, public])?;
                (withheld.options, any) = (Some(options), true);
            }
        }
        None => any |= connection.execute("UPDATE batches SET options = '{}' WHERE id = ?1", [batch])? > 0,
    }
    let links: Vec<(i64, Option<String>, bool)> = connection
        .prepare(&format!(
            "SELECT jobs.id, details, state <> ?2 FROM batches, jobs WHERE batches.id = ?1 AND instr(details, '@') > 0
                 AND {OF_BATCH}"
        ))?
        .query_map(params![batch, DONE], |row| Ok((row.get(0)?, readable(row.get(1))?, row.get(2)?)))?
        .collect::<rusqlite::Result<_>>()?;
    for (row, details, may_go_on) in links {
        let Some(details) = details.filter(|details| from_json::<Special>(details).is_ok()) else {
            connection.execute("UPDATE jobs SET details = NULL WHERE id = ?1", [row])?;
            any = true;
            continue;
        };
        let Some(public) = without_login(&details) else { continue };
        connection.prepare_cached("UPDATE jobs SET details = ?2 WHERE id = ?1")?.execute(params![row, public])?;
        any = true;
        if may_go_on {
            withheld.details.push((row, details));
        }
    }
    Ok(any.then_some(withheld))
}

/// Puts back what was taken out: the batch goes on.
pub(super) fn give_back(connection: &Connection, batch: i64, withheld: &Withheld) -> rusqlite::Result<()> {
    if let Some(options) = &withheld.options {
        connection.execute("UPDATE batches SET options = ?2 WHERE id = ?1", params![batch, options])?;
    }
    for (row, details) in &withheld.details {
        connection.prepare_cached("UPDATE jobs SET details = ?2 WHERE id = ?1")?.execute(params![row, details])?;
    }
    Ok(())
}

/// Kept options without what may be secret in them; `None` where nothing is.
fn without_secrets(options: &str) -> Option<String> {
    let mut options: Value = serde_json::from_str(options).ok()?;
    let fetch = options.get_mut("fetch")?.as_object_mut()?;
    let said = |value: &Value| !value.is_null() && value.as_array().is_none_or(|values| !values.is_empty());
    let secrets = SECRETS.into_iter().filter_map(|secret| fetch.remove(secret));
    (secrets.filter(said).count() > 0).then(|| options.to_string())
}

/// A kept description of a link without names and passwords; `None` where there are none in it.
fn without_login(details: &str) -> Option<String> {
    let Special::Link { url, details } = from_json(details).ok()? else { return None };
    let mirrors = details.mirrors.iter().map(|mirror| link::without_login(mirror)).collect();
    let public = Special::Link { url: link::without_login(&url), details: LinkDetails { mirrors, ..details.clone() } };
    (public != Special::Link { url, details }).then(|| to_json(&public))
}
