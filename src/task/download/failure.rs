//! What a broken connection is called. The libraries below wrap the cause several times; the chain is walked to it.

use crate::model::link::shown_proxy;
use crate::model::{ErrorKind, Failure};
use reqwest::Url;
use std::error::Error;
use std::fmt::Write;
use std::io;

/// One request of perhaps several, as redirects lead on.
pub(super) struct Hop<'a> {
    /// The person's link as it may be shown.
    pub(super) shown: &'a str,
    /// What was asked for.
    pub(super) url: &'a Url,
    /// The proxy that it went through.
    pub(super) proxy: Option<&'a str>,
}

/// Whether a connection that had come about was lost before anything of an answer was there.
pub(super) fn is_lost_before_an_answer(error: &reqwest::Error) -> bool {
    let lost = [io::ErrorKind::ConnectionReset, io::ErrorKind::BrokenPipe, io::ErrorKind::ConnectionAborted];
    let incomplete = cause::<hyper::Error>(error).is_some_and(hyper::Error::is_incomplete_message);
    !error.is_connect() && (incomplete || lost.into_iter().any(|kind| has_io_kind(error, kind)))
}

/// A request that brought no answer.
pub(super) fn of_request(error: &reqwest::Error, hop: &Hop<'_>) -> Failure {
    let Hop { shown, url, proxy } = *hop;
    let host = url.host_str().unwrap_or(shown);
    if let Some(proxy) = proxy.filter(|_| error.is_connect() && cause::<rustls::Error>(error).is_none()) {
        return of_proxy(error, host, proxy);
    }
    let (kind, sentence) = if error.is_dns() {
        (ErrorKind::Dns, format!("The name {host} does not resolve; check the spelling of the link"))
    } else if let Some(tls) = cause::<rustls::Error>(error) {
        return untrusted(tls, host).with_details(chain(error));
    } else if error.is_timeout() {
        (ErrorKind::Timeout, format!("No connection to {host} came about in time for {shown}"))
    } else if has_io_kind(error, io::ErrorKind::ConnectionRefused) {
        (ErrorKind::Connect, format!("The connection was refused: nothing answers at {}", place(url)))
    } else if let Some(sentence) = cause::<hyper::Error>(error).and_then(|error| improper(error, shown)) {
        return Failure::new(ErrorKind::Http, sentence).with_details(chain(error));
    } else if url.scheme() == "https" && error.is_connect() && has_io_kind(error, io::ErrorKind::UnexpectedEof) {
        (ErrorKind::Tls, format!("{} broke off the encrypted handshake for {shown}", place(url)))
    } else if error.is_connect() {
        (ErrorKind::Connect, format!("Cannot connect to {} for {shown}: {}", place(url), root(error)))
    } else {
        (ErrorKind::Connect, format!("{} closed the connection without an answer for {shown}", place(url)))
    };
    Failure::new(kind, sentence).with_details(chain(error)).retryable()
}

/// A connection that the proxy or the server behind it refused: from here the two look alike, so both are named.
fn of_proxy(error: &reqwest::Error, host: &str, proxy: &str) -> Failure {
    let (kind, reason) = if error.is_dns() {
        (ErrorKind::Dns, "the name does not resolve".to_owned())
    } else if error.is_timeout() {
        (ErrorKind::Timeout, "no connection came about in time".to_owned())
    } else {
        (ErrorKind::Connect, root(error))
    };
    let sentence = format!("Cannot reach {host} through the proxy {}: {reason}", shown_proxy(proxy));
    Failure::new(kind, sentence).with_details(chain(error)).retryable()
}

/// A body that ended before its end.
pub(super) fn of_body(error: &reqwest::Error, shown: &str, received: u64, total: Option<u64>) -> Failure {
    let of_total = total.map_or_else(String::new, |total| format!(" of {total}"));
    let sentence = format!("The connection broke after {received}{of_total} bytes of {shown}");
    Failure::new(ErrorKind::Connect, sentence).with_details(chain(error)).retryable()
}

fn untrusted(error: &rustls::Error, host: &str) -> Failure {
    let sentence = match error {
        rustls::Error::InvalidCertificate(_) => format!("The certificate of {host} is not acceptable: {error}"),
        rustls::Error::InvalidMessage(_) => format!("{host} does not speak TLS there; try the link with http://"),
        _ => format!("No encrypted connection to {host} came about: {error}"),
    };
    Failure::new(ErrorKind::Tls, sentence)
}

/// Says what is wrong with an answer that is not HTTP as it should be.
fn improper(error: &hyper::Error, shown: &str) -> Option<String> {
    error.is_parse().then(|| format!("The server's answer is not proper HTTP for {shown}"))
}

/// The host and port of a link, without anything secret.
fn place(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

fn sources<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error: &&'a (dyn Error + 'static)| {
        let error: &'a (dyn Error + 'static) = *error;
        // An I/O error skips the error it wraps: its source is that error's source.
        match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(inner) => Some(inner as &(dyn Error + 'static)),
            None => error.source(),
        }
    })
}

fn cause<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    sources(error).find_map(|error| error.downcast_ref())
}

fn has_io_kind(error: &(dyn Error + 'static), kind: io::ErrorKind) -> bool {
    sources(error).filter_map(|error| error.downcast_ref::<io::Error>()).any(|error| error.kind() == kind)
}

fn root(error: &(dyn Error + 'static)) -> String {
    sources(error).last().map(ToString::to_string).unwrap_or_default()
}

/// Everything in the chain, outermost first. The outermost names the link and is left out: it may hold a secret query.
fn chain(error: &reqwest::Error) -> String {
    let mut text = String::new();
    for error in sources(error).skip(1) {
        let separator = if text.is_empty() { "" } else { ": " };
        // Writing to a string cannot fail.
        write!(text, "{separator}{error}").ok();
    }
    text
}
