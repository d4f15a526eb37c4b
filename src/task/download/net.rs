//! The connections that the downloads of one process share: one small runtime, and one client per profile, because a
//! client owns its pool of connections.

use super::throttle::Throttle;
use crate::model::link::shown_proxy;
use crate::model::{ErrorKind, Failure, FetchOptions};
use hyper::Uri;
use hyper_util::client::proxy::matcher::Matcher;
use reqwest::{Client, Proxy, Url, redirect};
use std::collections::HashMap;
use std::env;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::runtime::{Builder, Handle, Runtime};
use url::Host;

/// Two threads carry hundreds of streams; the lanes' own threads do the writing.
const RUNTIME_THREADS: usize = 2;

/// A runtime and clients, made when first needed.
#[derive(Debug, Default)]
pub struct Net {
    shared: Mutex<Shared>,
    throttle: Throttle,
}

#[derive(Debug, Default)]
struct Shared {
    runtime: Option<Runtime>,
    /// As many as there are different profiles among the batches, which is few.
    clients: HashMap<Profile, Client>,
}

/// Whatever belongs to a client rather than to a request.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Profile {
    connect_timeout_ms: u64,
    route: Route,
    /// Connections are kept for further requests.
    keeps: bool,
    /// Certificates are needed. To read those of the system takes longer than a small download.
    encrypted: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Route {
    /// As the environment says.
    Environment,
    /// Without a proxy.
    Direct,
    /// Through this proxy.
    Through(String),
}

impl Route {
    /// The environment's proxy stands elsewhere and cannot reach this machine's loopback address.
    fn of(options: &FetchOptions, url: &Url) -> Route {
        match &options.proxy {
            Some(proxy) => Route::Through(proxy.clone()),
            None if is_loopback(url) => Route::Direct,
            None => Route::Environment,
        }
    }
}

impl Net {
    /// Holds all downloads together to a speed.
    pub fn throttle(&self) -> &Throttle {
        &self.throttle
    }

    /// The runtime that drives sockets and time-outs.
    pub(super) fn handle(&self) -> Result<Handle, Failure> {
        let mut shared = self.lock();
        let runtime = match shared.runtime.take() {
            Some(runtime) => runtime,
            None => Builder::new_multi_thread()
                .worker_threads(RUNTIME_THREADS)
                .thread_name("net")
                .enable_all()
                .build()
                .map_err(|error| {
                    Failure::new(ErrorKind::Io, "Cannot start the threads that carry downloads")
                        .with_details(error.to_string())
                        .retryable()
                })?,
        };
        Ok(shared.runtime.insert(runtime).handle().clone())
    }

    /// The client that fetches `url` with these options. One that does not keep connections makes a new one each time.
    pub(super) fn client(&self, options: &FetchOptions, url: &Url, keeps: bool) -> Result<Client, Failure> {
        let connect_timeout_ms = options.connect_timeout_ms;
        let route = Route::of(options, url);
        if route == Route::Environment {
            let variable = |name: &str| Some(env::var_os(name)?.to_string_lossy().into_owned());
            check_environment(variable, url)?;
        }
        let encrypted = url.scheme() == "https" || route != Route::Direct;
        let profile = Profile { connect_timeout_ms, route, keeps, encrypted };
        let mut shared = self.lock();
        if let Some(client) = shared.clients.get(&profile) {
            return Ok(client.clone());
        }
        let client = connected(&profile)?;
        shared.clients.insert(profile, client.clone());
        Ok(client)
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Net {
    fn drop(&mut self) {
        // Not joined: a name look-up that hangs in the system's resolver would hold up the end of the program.
        if let Some(runtime) = self.lock().runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// How the environment names its proxies: for http and for https links, for both, and the hosts that need none.
const VARIABLES: [[&str; 2]; 4] = [
    ["HTTP_PROXY", "http_proxy"],
    ["HTTPS_PROXY", "https_proxy"],
    ["ALL_PROXY", "all_proxy"],
    ["NO_PROXY", "no_proxy"],
];

/// Fails where the environment names a proxy for `url` that cannot be used: reqwest would pass it over and connect directly.
fn check_environment(variable: impl Fn(&str) -> Option<String>, url: &Url) -> Result<(), Failure> {
    let [http, https, all, no] =
        VARIABLES.map(|names| names.into_iter().find_map(|name| Some((name, variable(name)?))));
    let own = if url.scheme() == "https" { https } else { http };
    let named: Vec<(&str, String)> = own.into_iter().chain(all).filter(|(_, address)| !address.is_empty()).collect();
    let Some((name, address)) = named.first() else { return Ok(()) };
    // In a CGI script HTTP_PROXY is a header of the request, and no proxy is taken from there.
    if variable("REQUEST_METHOD").is_some() || named.iter().any(|(_, address)| is_usable(address)) {
        return Ok(());
    }
    let no = no.map(|(_, hosts)| hosts).unwrap_or_default();
    let elsewhere = Matcher::builder().all("http://proxy").no(no).build();
    if url.as_str().parse().is_ok_and(|uri| elsewhere.intercept(&uri).is_none()) {
        return Ok(());
    }
    let sentence = format!("The environment's {name} is \"{}\", which {NO_PROXY}", shown_proxy(address));
    Err(Failure::new(ErrorKind::Url, sentence))
}

/// Whether requests go through a proxy of this address, and not past it.
fn is_usable(address: &str) -> bool {
    let any = Uri::from_static("http://host/");
    Matcher::builder().all(address.to_owned()).build().intercept(&any).is_some()
}

/// The same for an address as a person gives it, which reqwest reads as a link.
fn is_usable_link(address: &str) -> bool {
    let link = Url::parse(address).ok().filter(Url::has_host);
    link.or_else(|| Url::parse(&format!("http://{address}")).ok()).is_some_and(|link| is_usable(link.as_str()))
}

const NO_PROXY: &str = "is not the address of a proxy; write it like http://host:8080 or socks5://host:1080";

fn connected(profile: &Profile) -> Result<Client, Failure> {
    // Another part of the program may have installed it already, which is as good.
    rustls::crypto::ring::default_provider().install_default().ok();
    let proxy = match &profile.route {
        Route::Through(address) => {
            let unusable = || Failure::new(ErrorKind::Url, format!("\"{}\" {NO_PROXY}", shown_proxy(address)));
            let proxy = Proxy::all(address).map_err(|error| unusable().with_details(error.to_string()))?;
            // One with a scheme that nobody speaks would be passed over.
            Some(Some(proxy).filter(|_| is_usable_link(address)).ok_or_else(unusable)?)
        }
        Route::Environment | Route::Direct => None,
    };
    let builder = || {
        let builder = Client::builder()
            .connect_timeout(Duration::from_millis(profile.connect_timeout_ms))
            .redirect(redirect::Policy::none())
            .referer(false)
            // Heads that browsers take.
            .http1_ignore_invalid_headers_in_responses(true)
            .http1_allow_obsolete_multiline_headers_in_responses(true)
            .http1_allow_spaces_after_header_name_in_responses(true);
        let builder = if profile.keeps { builder } else { builder.pool_max_idle_per_host(0) };
        match (&profile.route, &proxy) {
            (Route::Direct, _) => builder.no_proxy(),
            (_, Some(proxy)) => builder.proxy(proxy.clone()),
            (_, None) => builder,
        }
    };
    if !profile.encrypted {
        return builder().tls_certs_only([]).build().map_err(|error| unencryptable(&error));
    }
    // A machine without any root certificates can still fetch over http; https then fails as untrusted.
    builder().build().or_else(|_| builder().tls_certs_only([]).build()).map_err(|error| unencryptable(&error))
}

fn unencryptable(error: &reqwest::Error) -> Failure {
    Failure::new(ErrorKind::Tls, "Cannot set up encrypted connections on this machine")
        .with_details(format!("{error:?}"))
}

/// The proxy through which `url` is fetched: the person's, or the environment's.
pub(super) fn proxy_of(options: &FetchOptions, url: &Url) -> Option<String> {
    match Route::of(options, url) {
        Route::Through(proxy) => Some(proxy),
        Route::Direct => None,
        // A new look each time, since it is only needed for a sentence.
        Route::Environment => Some(Matcher::from_system().intercept(&url.as_str().parse().ok()?)?.uri().to_string()),
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(net: &Net, options: &FetchOptions, url: &str) -> Result<Client, Failure> {
        net.client(options, &Url::parse(url).expect("a link"), true)
    }

    #[test]
    fn clients_are_shared_per_profile() {
        let net = Net::default();
        let plain = FetchOptions::default();
        let patient = FetchOptions { connect_timeout_ms: 60_000, user_agent: "other".to_owned(), ..plain.clone() };
        for (options, url) in [
            (&plain, "http://example.org/"),
            (&plain, "https://example.com/"),
            (&plain, "http://127.0.0.1:1/"),
            (&plain, "http://localhost/"),
            (&plain, "http://[::1]/"),
            (&patient, "http://example.org/"),
        ] {
            client(&net, options, url).expect("a client");
        }
        assert_eq!(net.lock().clients.len(), 3, "plain, loopback and patient");
    }

    #[test]
    fn a_bad_proxy_is_named_without_its_password() {
        for proxy in [
            "http://me:secret@:::",
            "me:secret@:::",
            "sock5://me:secret@host:1080",
            "nonsense://me:secret@host",
            "ftp://me:secret@host:21",
        ] {
            let options = FetchOptions { proxy: Some(proxy.to_owned()), ..FetchOptions::default() };
            let failure = client(&Net::default(), &options, "http://example.org/").expect_err("refused");
            assert_eq!(failure.kind, ErrorKind::Url);
            assert!(!format!("{failure:?}").contains("secret"), "{failure:?}");
        }
    }

    #[test]
    fn a_proxy_that_can_be_used_is_taken_in_any_case() {
        for proxy in
            ["HTTP://host:8080", "Socks5H://host", "socks4a://me:pw@host:1", "host:8080", "host", "me:pw@host:1"]
        {
            let options = FetchOptions { proxy: Some(proxy.to_owned()), ..FetchOptions::default() };
            client(&Net::default(), &options, "http://example.org/").expect(proxy);
        }
    }

    #[test]
    fn a_bad_proxy_of_the_environment_is_not_passed_over() {
        let check = |variables: &[(&str, &str)], link: &str| {
            let variable =
                |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
            check_environment(variable, &Url::parse(link).expect("a link")).map_err(|failure| failure.sentence)
        };
        for (variables, link) in [
            (&[][..], "http://h/"),
            (&[("http_proxy", "")], "http://h/"),
            (&[("http_proxy", "host:8080")], "http://h/"),
            (&[("all_proxy", "socks5://host")], "https://h/"),
            (&[("https_proxy", "sock5://host")], "http://h/"),
            (&[("http_proxy", "sock5://host"), ("ALL_PROXY", "http://host:1")], "http://h/"),
            (&[("http_proxy", "sock5://host"), ("no_proxy", "a, h")], "http://h/"),
            (&[("HTTP_PROXY", "sock5://host"), ("REQUEST_METHOD", "GET")], "http://h/"),
        ] {
            assert_eq!(check(variables, link), Ok(()), "{variables:?}");
        }
        for (variables, link) in [
            (&[("http_proxy", "sock5://me:secret@host")][..], "http://h/"),
            (&[("HTTPS_PROXY", "nonsense://me:secret@host")], "https://h/"),
            (&[("all_proxy", "ftp://me:secret@host")], "https://h/"),
            (&[("all_proxy", "http://me:secret@:::")], "http://h/"),
            (&[("http_proxy", "sock5://me:secret@host"), ("no_proxy", "other")], "http://h/"),
        ] {
            let sentence = check(variables, link).expect_err("refused");
            assert!(sentence.contains(variables[0].0) && !sentence.contains("secret"), "{sentence}");
        }
    }
}
